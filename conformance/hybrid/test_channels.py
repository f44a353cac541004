"""Whose channels a poll gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import CLOSED, claimed, exchange_of, refused, succeeded
from .polled import holds, shown
from .sources import COMMANDS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Recording

_WAYS = {"foreign": "alone", "mixed": "beside an own one", "anonymous": "without a credential"}


@requirement(
    "HYBRID-POLL-06",
    Level.MUST,
    COMMANDS,
    why="A channel's name is in every URL and every log: where the name is all it takes, anybody reads along.",
    example='HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{"error":"you are no member of this channel"}',
    remedy={
        "any": "Look up whether the verified user is a member of every channel that the poll names, and answer 403 "
        "where one is not his.",
        "next": "Check the session in the route itself: a middleware that only redirects pages does not cover `/api`.",
        "express": "One check for each name of `req.query.channels.split(',')`, not of the first alone.",
        "fastapi": "A dependency that takes the current user and the channels, and raises `HTTPException(403)`.",
    },
    scenarios=("foreign_channel",),
    profiles=("hybrid",),
    optional=("foreign_messages",),
    means=("foreign_channel",),
)
def test_foreign_channels_are_refused(case: Case) -> None:
    """
    A poll of a channel that the caller may not read is refused with 401, 403 or 404, and gives nothing of it.

    Beside a channel of his own it may instead be left out, where that can be seen: a message of the other user in the
    foreign channel must not come. Where it cannot be seen there is no verdict.
    """
    recording, watched = case["foreign_channel"], claimed(case, "foreign_messages")
    text = _posted(watched) if watched is not None else ""
    for label, how in _WAYS.items():
        if watched is not None:
            look = exchange_of(watched, label)
            found = f"{how}: a message of the foreign channel"
            expect(not holds(look, text), found=found, expected="nothing of it", at=look)
        exchange = exchange_of(recording, label)
        left_out = label == "mixed" and succeeded(exchange)
        found = f"the foreign channel, {how}: {shown(exchange)}"
        expect(left_out or refused(exchange, CLOSED), found=found, expected="status 401, 403 or 404", at=exchange)
    if watched is None and succeeded(recording["mixed"]):
        raise NotClaimed(
            "a poll of the foreign channel beside an own one is answered 200, and nobody saw what it left out",
            declare='second_user = { sub = "u2" }  # in [auth], and `publish` in [profiles.hybrid]',
        )


def _posted(recording: Recording) -> str:
    """The text in the foreign channel; NotTestable where its own member does not see it either."""
    text = str(recording.findings.get("text", ""))
    looks = [entry for entry in recording.exchanges if entry.label.startswith("member/")]
    member = looks[-1] if looks else exchange_of(recording, "member")
    if not text or not any(holds(look, text) for look in looks):
        raise NotTestable(
            f"the second user does not see his own message in the foreign channel ({shown(member)}): "
            "check `foreign_channel`, `publish` and `second_user`"
        )
    return text
