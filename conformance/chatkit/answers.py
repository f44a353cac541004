"""How judges read the answers of this profile: a session, its secret, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, NotTestable

from ..common.answers import exchange_of, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

__all__ = [
    "accepted",
    "asked_of",
    "claimed",
    "control",
    "exchange_of",
    "expect_statuses",
    "fields_of",
    "secret_of",
    "shown",
    "working",
]

_SUCCESS = 2


def accepted(exchange: Exchange) -> bool:
    """The request was answered with a 2xx."""
    return exchange.status is not None and exchange.status // 100 == _SUCCESS


def fields_of(exchange: Exchange) -> dict[str, Any] | None:
    """The JSON object in an answer; None where there is none."""
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def secret_of(exchange: Exchange, field: str) -> Mapping[str, Any]:
    """What is known of the secret in an answer (see `chatproof.recorder.issued`); empty where nothing was looked at."""
    found: Mapping[str, Any] = exchange.findings.get("issued", {}).get(field, {})
    return found


def control(case: Case) -> Exchange:
    """The session of the control scenario, with a 2xx."""
    return working(exchange_of(case["session"], "session"), "the session")


def claimed(case: Case, scenario: str) -> Recording | None:
    """The recording of a scenario; None where what it needs is not claimed."""
    try:
        return case[scenario]
    except NotClaimed:
        return None


def asked_of(recording: Recording, label: str) -> Mapping[str, Any]:
    """What the service behind was last asked for at the request of that label; NotTestable where it was not asked."""
    calls = recording.findings.get("asked", {}).get(label)
    if not calls:
        raise NotTestable(f"the service behind was not asked for a session (`{label}` of `{recording.scenario}`)")
    call: Mapping[str, Any] = calls[-1]
    return call


def working(exchange: Exchange, what: str) -> Exchange:
    """The exchange, where it was answered with a 2xx; else NotTestable, as nothing follows from what is like it."""
    if not accepted(exchange):
        raise NotTestable(f"{what} was answered with {shown(exchange)}")
    return exchange


def expect_statuses(exchanges: Mapping[str, tuple[Exchange, Collection[int]]]) -> None:
    """Raises one `Failure` that names every request (by what is wrong with it) without one of its statuses."""
    wrong = {
        what: (exchange, statuses)
        for what, (exchange, statuses) in exchanges.items()
        if exchange.status not in statuses or exchange.is_stream
    }
    if wrong:
        first, statuses = next(iter(wrong.values()))
        *most, last = [str(status) for status in sorted(statuses)]
        raise Failure(
            found="; ".join(f"{what}: {shown(exchange)}" for what, (exchange, _) in wrong.items()),
            expected=f"status {', '.join(most)} or {last}" if most else f"status {last}",
            at=first,
        )
