"""What judges ask of the recordings of this profile, in the same way everywhere. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect

from ..common.answers import exchange_of
from .polled import SUCCESS, events_of, shown, worked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = [
    "CLOSED",
    "chat_works",
    "claimed",
    "closed",
    "exchange_of",
    "lacking_the_secret",
    "refused",
    "spilled",
    "started",
    "succeeded",
]

CLOSED = frozenset({401, 403, 404})
"""How a route is closed to somebody: not known, not allowed, or not there."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_SPILLS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|File \\?\"[^\"]+\\?\", line \d+|\bat \S+(?: \[[^]]*\])? \([^)]*:\d+:\d+\)"
        r"|\bat (?:file://)?/[^\s:]+:\d+:\d+|/node_modules/|goroutine \d+ \["
    ),
    "a token": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*|\b(?:temp|dev)_token_"),
    "a key": re.compile(r"\b(?:sk|rk|pk)-[A-Za-z0-9_-]{20,}"),
}


def claimed(case: Case, scenario: str) -> Recording | None:
    """The recording of a scenario, None where what it needs is not claimed."""
    try:
        return case[scenario]
    except NotClaimed:
        return None


def started(recording: Recording, instance: str, *, may_refuse: bool = False) -> None:
    """
    NotTestable where the instance of that name did not start.

    With `may_refuse` NotClaimed: a backend need not start with variables such as these.
    """
    trouble = recording.findings.get(instance)
    if trouble and may_refuse:
        raise NotClaimed(f"the backend does not start with other variables (`{instance}`): {trouble}")
    if trouble is None or trouble:
        reason = trouble or "nobody tried"
        raise NotTestable(f"the backend did not start with other variables (`{instance}`): {reason}")


def lacking_the_secret(recording: Recording) -> dict[str, str]:
    """
    The instances of `unconfigured` that run, and what each lacks; NotTestable where the first did not start.

    One with the key alone may refuse to start: half a configuration is a mistake.
    """
    started(recording, "bare")
    known = {"bare": "without key and secret"}
    if not recording.findings.get("no_secret"):
        started(recording, "no_secret")
        known |= {"no_secret": "without the secret"}
    return known


def closed(exchange: Exchange) -> bool:
    """Whoever asked is kept out: refused, or sent elsewhere to sign in."""
    return refused(exchange, CLOSED | _REDIRECTS)


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


def chat_works(case: Case, recording: Recording, name: str, *, when: str) -> None:
    """
    Polling under these circumstances is answered as it is otherwise, and gives the message that was posted, if any.

    `when` says when, for the failure: "while Stream's API drops connections".
    """
    first, control = exchange_of(recording, f"{name}/poll"), exchange_of(case["poll"], "poll")
    expect(worked(first), found=f"{when}: {shown(first)}", expected="a poll that works", at=first)
    gone = events_of(first, case.settings) is None and events_of(control, case.settings) is not None
    expect(not gone, found=f"{when}: JSON without a list of events", expected="a poll that works", at=first)
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
