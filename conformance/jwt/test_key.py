"""The key that signs tokens: too long to be guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

if TYPE_CHECKING:
    from chatproof.case import Case

_SHORTEST_BYTES = 32
_NEW_KEY = "`openssl rand -base64 32`"


@requirement(
    "JWT-KEY-01",
    Level.SHOULD,
    Source("RFC 7518 JSON Web Algorithms", "section 3.2", "https://www.rfc-editor.org/rfc/rfc7518.html#section-3.2"),
    why="Whoever has one token can try keys at home, as fast as a computer hashes; a short key is found, and with it "
    "come tokens for every user.",
    example='CHAT_JWT_SECRET="2cZ5Yk0mJxq1rX3o8v7nD4tW6uA9sB0eF1gH2iK3lM4="',
    remedy={
        "any": f"Make a new key of at least 32 random bytes ({_NEW_KEY}), and sign all tokens with it.",
        "fastify": f"`secret` of @fastify/jwt: {_NEW_KEY}.",
        "fastapi": f"The key for PyJWT: {_NEW_KEY}. PyJWT warns of a shorter one with `InsecureKeyLengthWarning`.",
        "spring": "`NimbusJwtDecoder.withSecretKey` takes any length: look at it yourself.",
    },
    scenarios=(CONTROL,),
    means=("signing_key",),
)
def test_signing_key_is_long_enough(case: Case) -> None:
    """The key that signs HS256 tokens has at least 256 bits."""
    if case.config.auth.algorithm != "HS256":
        raise NotClaimed(f"tokens are signed with {case.config.auth.algorithm}, by a key pair")
    exchanges = case[CONTROL].exchanges
    found = next((e.findings["credential"] for e in exchanges if "key_bytes" in e.findings.get("credential", {})), None)
    if found is None:
        raise NotTestable("no token of the declared key was sent")
    expect(
        found["key_bytes"] >= _SHORTEST_BYTES,
        found=f"a key of {found['key_bytes']} bytes",
        expected=f"at least {_SHORTEST_BYTES} bytes (256 bits, the size of the hash)",
        at=exchanges[0],
    )
