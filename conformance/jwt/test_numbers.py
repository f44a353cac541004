"""The numbers of a token: times are JSON numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.requirement import requirement
from chatproof.verdict import Level

from .refusal import expect_refused, minted
from .remedies import verify
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "JWT-NUM-01",
    Level.SHOULD,
    rfc(7519, "4.1.4"),
    rfc(7519, "2"),
    why="Libraries differ on an `exp` that is text: one reads it as a number, another as no expiry at all.",
    example='{"sub": "u1", "exp": 1795000000}',
    remedy=verify(
        any_stack="Refuse a token whose `exp`, `iat` or `nbf` is no JSON number.",
        pyjwt='it accepts `"exp": "1795000000"`: check `isinstance(claims["exp"], (int, float))` after `jwt.decode`.',
        node="jsonwebtoken and jose refuse it; do not catch the error.",
        go="`jwt.Parse` refuses it; do not parse claims by hand.",
        spring="Check the type of the claim in an `OAuth2TokenValidator`.",
    ),
    scenarios=("minted_tokens",),
)
def test_expiry_as_text_is_refused(case: Case) -> None:
    """A token whose `exp` is text is refused with 401."""
    expect_refused({"`exp` as text": minted(case, "expiry_as_text")})
