"""What judges ask of the recordings of this profile, in the same way everywhere. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect

from .polled import SUCCESS, shown, worked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = ["CLOSED", "chat_works", "claimed", "exchange_of", "refused", "spilled", "started", "succeeded"]

CLOSED = frozenset({401, 403, 404})
"""How a route is closed to somebody: not known, not allowed, or not there."""

_SPILLS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|File \\?\"[^\"]+\\?\", line \d+|\bat \S+(?: \[[^]]*\])? \([^)]*:\d+:\d+\)"
        r"|\bat (?:file://)?/[^\s:]+:\d+:\d+|/node_modules/|goroutine \d+ \["
    ),
    "a token": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*|\b(?:temp|dev)_token_"),
    "a key": re.compile(r"\b(?:sk|rk|pk)-[A-Za-z0-9_-]{20,}"),
}


def exchange_of(recording: Recording, label: str) -> Exchange:
    """An exchange that must be there; NotTestable where it is not."""
    if label not in recording:
        raise NotTestable(f"`{recording.scenario}` has no answer `{label}`")
    return recording[label]


def claimed(case: Case, scenario: str) -> Recording | None:
    """The recording of a scenario, None where what it needs is not claimed."""
    try:
        return case[scenario]
    except NotClaimed:
        return None


def started(recording: Recording, instance: str) -> None:
    """NotTestable where the instance of that name did not start."""
    trouble = recording.findings.get(instance)
    if trouble is None or trouble:
        reason = trouble or "nobody tried"
        raise NotTestable(f"the backend did not start with other variables (`{instance}`): {reason}")


def succeeded(exchange: Exchange) -> bool:
    """It was answered with a 2xx."""
    return exchange.status is not None and exchange.status // 100 == SUCCESS


def refused(exchange: Exchange, statuses: Sequence[int] | frozenset[int]) -> bool:
    """It was answered with one of these statuses, and no stream."""
    return exchange.status in statuses and not exchange.is_stream


def spilled(exchange: Exchange) -> str:
    """What of the server's own an answer shows: a known secret, a token, a key, a stack trace; empty where nothing."""
    seen = exchange.findings.get("secrets_seen", ())
    if seen:
        return f"a secret of yours ({seen[0]['kind']}) in its {seen[0]['where']}"
    text = exchange.body.decode("utf-8", "replace")
    return next((what for what, pattern in _SPILLS.items() if pattern.search(text)), "")


def chat_works(recording: Recording, name: str, *, when: str) -> None:
    """
    Polling under these circumstances is answered, and gives the message that was posted, where one was.

    `when` says when, for the failure: "while Stream's API drops connections".
    """
    first = exchange_of(recording, f"{name}/poll")
    expect(worked(first), found=f"{when}: {shown(first)}", expected="a poll that works", at=first)
    label = f"{name}/publish"
    if label not in recording:
        return
    posted = recording[label]
    expect(succeeded(posted), found=f"{when}: a message was answered with {shown(posted)}", expected="a 2xx", at=posted)
    text = str(recording.findings.get(f"{name}/text", "")).encode()
    looks = [entry for entry in recording.exchanges if entry.label.startswith(f"{name}/seen/")]
    if not looks or not text:
        raise NotTestable(f"nobody looked for the message `{label}`")
    found = any(text in look.body for look in looks)
    expect(found, found=f"{when}: the message that was posted does not come", expected="it in a poll", at=looks[-1])
