"""The signature of a token: whoever cannot sign cannot chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .refusal import expect_refused
from .remedies import verify
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_FORGERIES = {
    "garbage": "garbage",
    "tampered": "a changed payload",
    "unsigned": "a stripped signature",
    "wrong_key": "a signature by another key",
    "own_key": "a signature by a key that the token brings along (`jwk`)",
    "key_path": "a signature by an empty key that the token names (`kid`)",
}


@requirement(
    "JWT-SIG-01",
    Level.MUST,
    rfc(7519, "7.2"),
    rfc(7515, "5.2"),
    rfc(6750, "3.1"),
    rfc(8725, "3.10"),
    why="A backend that decodes a token without verifying it, or with a key that the token itself brings or names, "
    "believes whatever the caller writes into it.",
    example='HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error="invalid_token"',
    remedy=verify(
        any_stack="Verify the signature with your key before you read a claim, and answer 401 where that fails. "
        "Overlook `jwk`, `jku` and `x5u`, and look `kid` up in a fixed table: never open a file of that name.",
        pyjwt='`jwt.decode(token, key, algorithms=["HS256"])`; catch `jwt.InvalidTokenError` and answer 401.',
        node="verify, do not `decode()`: decoding looks at no signature.",
        go="`jwt.Parse`, never `ParseUnverified`; check `token.Valid`.",
        spring="Use a `JwtDecoder` bean; do not split the token by hand.",
    ),
    scenarios=("forged_tokens",),
    means=("token",),
    aliases=("AICHAT-AUTH-02",),
)
def test_forged_token_is_refused(case: Case) -> None:
    """
    A token that is garbage, was changed, has no signature, or was signed with another key is refused with 401.

    Also where the token brings the other key along, or names an empty file as the key.
    Where the declared credential is no JWT the garbage alone is sent.
    """
    recording = case["forged_tokens"]
    tokens = {what: recording[label] for label, what in _FORGERIES.items() if label in recording}
    if not tokens:
        raise NotTestable("no forged token was sent")
    expect_refused(tokens)
