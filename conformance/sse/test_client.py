"""The same stream in a second client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.second_client import view_of
from chatproof.verdict import Level

from ..words import counted
from ._streams import INTERPRETING, streams

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.second_client import View


@requirement(
    "SSE-CLIENT-01",
    Level.MAY,
    INTERPRETING,
    Source("httpx-sse 0.4", "EventSource.iter_sse", "https://github.com/florimondmanca/httpx-sse"),
    why="httpx-sse is what most Python clients read streams with, and it departs from the standard in places. Where a "
    "stream touches one of them a test in Python and a browser see different events, and both are believed.",
    example='event: token\ndata: {"text":"Hello"}\n\n: heartbeat\n\n',
    remedy={
        "any": "Write no byte order mark, event ids only where streams can be resumed, data in "
        "every block, digits in `retry`, and no charset but utf-8; or know that Python clients see something else.",
        "sse-starlette": "Leave `id` out unless streams can be resumed: each ping after an id is an empty event there.",
    },
)
def test_second_client_sees_what_a_browser_sees(case: Case) -> None:
    """A client on httpx-sse sees the same events as a browser."""
    for exchange in streams(case):
        view = view_of(exchange)
        if not view.browser and not view.events:
            raise NotTestable("the stream has no event")
        same = view.events == view.browser
        expect(same, found=_difference(view), expected="the same events in both", at=exchange)


def _difference(view: View) -> str:
    """What each client sees, and why."""
    reasons = [divergence.because for divergence in view.divergences]
    if view.refused:
        reasons = [*reasons, f"it refuses the answer: {view.refused}"]
    because = "; ".join(reasons) or "of something that we do not know of it"
    seen = len(view.events)
    others = (" other" if seen == 1 else " others") if seen == len(view.browser) else ""
    browser = counted(len(view.browser), "event")
    return f"a browser sees {browser}, a client on httpx-sse sees {seen}{others}, because {because}"
