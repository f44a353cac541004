"""How a token is refused: 401, and no stream; and the fresh token that shows it was this token's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable

from ..common.answers import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange

__all__ = ["SIGNING_KEY", "expect_refused", "minted"]

_SUCCESS = 2
_UNAUTHORIZED = 401
SIGNING_KEY = '[auth]\nscheme = "jwt"\nsecret = "${CHAT_JWT_SECRET}"\nclaims = { sub = "test-user-id" }'
"""The lines that declare tokens of our own making."""


def expect_refused(tokens: Mapping[str, Exchange]) -> None:
    """Raises one `Failure` that names every token (by what is wrong with it) that was not answered with 401."""
    wrong = {what: exchange for what, exchange in tokens.items() if not _refused(exchange)}
    if wrong:
        raise Failure(
            found="; ".join(f"{what}: {shown(exchange)}" for what, exchange in wrong.items()),
            expected="status 401, and no stream",
            at=next(iter(wrong.values())),
        )


def minted(case: Case, label: str) -> Exchange:
    """
    The exchange with a token that we signed ourselves and that has one defect.

    NotTestable where a fresh one was refused too: then the declared key or claims are wrong, and nothing follows.
    """
    recording = case["minted_tokens"]
    fresh = recording["fresh"]
    if fresh.status is None or fresh.status // 100 != _SUCCESS or case.scenario_set.broken(fresh):
        raise NotTestable(
            f"a fresh token, signed with the declared key, was answered with {shown(fresh)}: check [auth]"
        )
    return recording[label]


def _refused(exchange: Exchange) -> bool:
    return exchange.status == _UNAUTHORIZED and not exchange.is_stream
