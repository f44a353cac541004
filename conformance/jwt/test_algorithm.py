"""The algorithm of a token: the verifier's choice, never the token's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .refusal import SIGNING_KEY, expect_refused
from .remedies import verify
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_SPELLINGS = ("none", "None", "nOnE")


@requirement(
    "JWT-ALG-01",
    Level.MUST,
    rfc(8725, "3.1"),
    rfc(8725, "3.2"),
    why="A verifier that takes the algorithm from the token lets anyone be anybody: `none` needs no key at all.",
    example='HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error="invalid_token"',
    remedy=verify(
        any_stack="Verify with a fixed list of algorithms, such as `HS256` alone; never take it from the token.",
        pyjwt='`jwt.decode(token, key, algorithms=["HS256"])`, and never `options={"verify_signature": False}`.',
        node="`algorithms: ['HS256']`.",
        go='`jwt.WithValidMethods([]string{"HS256"})`.',
        spring="`NimbusJwtDecoder.withSecretKey(key).macAlgorithm(MacAlgorithm.HS256)`.",
    ),
    scenarios=("forged_tokens",),
    means=("token",),
    aliases=("AICHAT-AUTH-04",),
)
def test_algorithm_none_is_refused(case: Case) -> None:
    """A token whose header names the algorithm `none`, in any spelling, is refused with 401."""
    recording = case["forged_tokens"]
    tokens = {f"`alg` {name}": recording[name] for name in _SPELLINGS if name in recording}
    if not tokens:
        raise NotClaimed("the declared credential is no JWT", declare=SIGNING_KEY)
    expect_refused(tokens)
