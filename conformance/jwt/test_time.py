"""The times of a token: not after its expiry, not before its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.requirement import requirement
from chatproof.verdict import Level

from .refusal import expect_refused, minted
from .remedies import verify
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_EXAMPLE = 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error="invalid_token", error_description="expired"'


@requirement(
    "JWT-EXP-01",
    Level.MUST,
    rfc(7519, "4.1.4"),
    why="A token that was stolen or logged works for ever where nobody looks at its expiry.",
    example=_EXAMPLE,
    remedy=verify(
        any_stack="Verify `exp`, with a leeway of at most 60 seconds.",
        pyjwt='`jwt.decode` does so, unless `options={"verify_exp": False}`; keep `leeway` at 60 or less.',
        node="drop `ignoreExpiration`; keep `clockTolerance` at 60 or less.",
        go="keep `jwt.WithLeeway` at a minute or less.",
        spring="`JwtTimestampValidator`, whose default leeway is 60 s, must be among the decoder's validators.",
    ),
    scenarios=("minted_tokens",),
    aliases=("AICHAT-AUTH-03",),
)
def test_expired_token_is_refused(case: Case) -> None:
    """A token that expired an hour or two minutes ago is refused with 401."""
    expect_refused(
        {
            "expired an hour ago": minted(case, "long_expired"),
            "expired two minutes ago": minted(case, "expired"),
        }
    )


@requirement(
    "JWT-NBF-01",
    Level.MUST,
    rfc(7519, "4.1.5"),
    why="A token that is issued for later must not work now.",
    example=_EXAMPLE,
    remedy=verify(
        any_stack="Verify `nbf` where it is present, with the same leeway as `exp`.",
        pyjwt='`jwt.decode` does so, unless `options={"verify_nbf": False}`.',
        node="drop `ignoreNotBefore`.",
        go="`jwt.Parse` does so; keep `jwt.WithLeeway` at a minute or less.",
        spring="`JwtTimestampValidator` does so; it must be among the decoder's validators.",
    ),
    scenarios=("minted_tokens",),
)
def test_early_token_is_refused(case: Case) -> None:
    """A token whose `nbf` lies ten minutes ahead is refused with 401."""
    expect_refused({"valid in ten minutes": minted(case, "not_yet")})
