"""A message that is answered as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of, fields_of, working
from .expiry import MILLISECONDS_FROM, moment
from .sources import FORMAT

if TYPE_CHECKING:
    from chatproof.case import Case

_TEXTS = ("content", "text")
_SINCE_SECONDS = 946_684_800
_UNTIL_SECONDS = 4_102_444_800
"""The years 2000 and 2100: a number beyond them is no time of a message in that unit."""


@requirement(
    "CHATKIT-MSG-01",
    Level.SHOULD,
    FORMAT,
    why="The page maps `content` to `text` and `created_at` to a Date: a missing field shows as `undefined`, and "
    "`new Date` of seconds as January 1970.",
    example='{"id": "msg_1", "content": "Hello!", "created_at": 1767225600000}',
    remedy={
        "any": "Answer `{ id, content, created_at }`: two texts, and one time in one unit (or ISO-8601) everywhere.",
        "next": "`Response.json({ id, content, created_at: Date.now() })`.",
        "fastapi": "A response model with `id: str`, `content: str`, `created_at: int`.",
    },
    scenarios=("message",),
    profiles=("chatkit",),
)
def test_message_has_the_fields_that_pages_read(case: Case) -> None:
    """A message is answered with texts in `id` and in `content` (or `text`), and with `created_at` in one unit."""
    recording = case["message"]
    units: dict[str, object] = {}
    for label in ("message", "again"):
        exchange = working(exchange_of(recording, label), "a message")
        fields = fields_of(exchange)
        expected = "a JSON object with texts in `id` and in `content` or `text`, and a time in `created_at`"
        expect(fields is not None, found="a body that is no JSON object", expected=expected, at=exchange)
        content = fields or {}
        identifier, created = content.get("id"), content.get("created_at")
        expect(
            isinstance(identifier, str) and identifier, found=f"`id` is {identifier!r}", expected=expected, at=exchange
        )
        texts = [name for name in _TEXTS if isinstance(content.get(name), str)]
        expect(texts, found=f"no text in `content` or `text`: {sorted(content)}", expected=expected, at=exchange)
        unit = _unit(created)
        expect(unit, found=f"`created_at` is {created!r}", expected="a time in s or ms since 1970", at=exchange)
        units[unit] = created
        both = " and ".join(f"{value!r} ({name})" for name, value in units.items())
        expect(len(units) == 1, found=f"`created_at` is {both}", expected="one unit in every answer", at=exchange)


def _unit(value: object) -> str:
    """What a time is written in; empty where it is none."""
    if isinstance(value, str):
        return "ISO-8601" if moment(value) is not None else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    seconds, unit = (value / 1000, "milliseconds") if value >= MILLISECONDS_FROM else (value, "seconds")
    return unit if _SINCE_SECONDS <= seconds < _UNTIL_SECONDS else ""
