"""The audience of a token: one that was issued for another service is no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .refusal import expect_refused, minted
from .remedies import verify
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "JWT-AUD-01",
    Level.MUST,
    rfc(7519, "4.1.3"),
    rfc(8725, "3.9"),
    why="Services often share a key: without a look at `aud`, a token of any of them opens the chat.",
    example='HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error="invalid_token"',
    remedy=verify(
        any_stack="Verify that `aud` is, or contains, your own audience.",
        pyjwt='`jwt.decode(..., audience="authenticated")`, and never `options={"verify_aud": False}`.',
        node="`audience: 'authenticated'` (`allowedAud` of @fastify/jwt).",
        go='`jwt.WithAudience("authenticated")`.',
        spring="`spring.security.oauth2.resourceserver.jwt.audiences`, or a `JwtClaimValidator` on `aud`.",
    ),
    scenarios=("minted_tokens",),
)
def test_foreign_audience_is_refused(case: Case) -> None:
    """A token whose `aud` is another audience is refused with 401."""
    recording = case["minted_tokens"]
    if "wrong_audience" not in recording:
        raise NotClaimed(
            "the declared claims hold no audience",
            declare='claims = { sub = "test-user-id", aud = "authenticated" }  # in [auth]',
        )
    expect_refused({"another audience": minted(case, "wrong_audience")})
