"""Credentials of every scheme."""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chatproof.config import Auth
from chatproof.config.problems import ConfigError
from chatproof.failure import NotClaimed
from chatproof.redaction import Redactor
from chatproof.tokens import Tokens, sign

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-signing-key-of-32-characters"


def tokens(**auth: Any) -> Tokens:
    return Tokens(Auth(**auth), Redactor())


def minted(**auth: Any) -> Tokens:
    return tokens(scheme="jwt", secret=SECRET, **{"claims": {"sub": "u1", "aud": "a"}, **auth})


def claims(token: str | None, key: Any = SECRET, algorithm: str = "HS256") -> dict[str, Any]:
    assert token is not None
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    decoded: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=options)  # type: ignore[arg-type]  # a plain dict
    return decoded


def test_no_credential() -> None:
    none = tokens()
    assert (none.raw(), none.headers(), none.place("x")) == (None, (), ())


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ({"scheme": "bearer"}, (("Authorization", "Bearer given-token"),)),
        ({"scheme": "cookie", "name": "sid"}, (("Cookie", "sid=given-token"),)),
        ({"scheme": "header", "name": "X-Key"}, (("X-Key", "given-token"),)),
    ],
)
def test_a_given_credential(auth: dict[str, Any], headers: object) -> None:
    given = tokens(token="given-token", **auth)
    assert given.raw() == "given-token"
    assert given.headers() == headers


def test_a_given_credential_that_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"auth.token: found no token; .*\nhint: set CHATPROOF_TOKEN"):
        tokens(scheme="bearer").headers()


def test_a_minted_token_has_the_claims_and_a_lifetime() -> None:
    now = int(time.time())
    found = claims(minted(lifetime=60).raw())
    assert (found["sub"], found["aud"], found["exp"] - found["iat"]) == ("u1", "a", 60)
    assert now <= found["iat"] <= now + 5


def test_a_minted_token_is_used_again_until_half_its_life(monkeypatch: pytest.MonkeyPatch) -> None:
    known = minted(lifetime=100)
    first = known.raw()
    assert known.raw() == first
    later = time.monotonic() + 51
    monkeypatch.setattr(time, "monotonic", lambda: later)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert claims(known.raw())["iat"] == 2_000_000_000


def test_another_user() -> None:
    known = minted(second_user={"sub": "u2"})
    ((name, value),) = known.second_user()
    assert name == "Authorization"
    assert {key: claims(value.removeprefix("Bearer "))[key] for key in ("sub", "aud")} == {"sub": "u2", "aud": "a"}


def test_another_user_is_claimed_by_a_line() -> None:
    with pytest.raises(NotClaimed) as caught:
        minted().second_user()
    assert "second_user = " in caught.value.declare
    with pytest.raises(NotClaimed) as caught:
        tokens(scheme="bearer", token="x" * 9, second_user={"sub": "u2"}).second_user()
    assert 'scheme = "jwt"' in caught.value.declare


def test_overrides_and_removed_claims() -> None:
    found = claims(minted().mint(claims={"aud": None, "exp": "soon", "extra": [1]}, lifetime=5))
    assert found.keys() == {"iat", "exp", "sub", "extra"}
    assert (found["exp"], found["extra"]) == ("soon", [1])
    past = claims(minted().mint(lifetime=-3600))
    assert past["exp"] - past["iat"] == -3600


def test_another_key_and_short_ones_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        token = minted().mint(key="k")
        assert tokens(scheme="jwt", secret="s").raw()
    assert token.count(".") == 2
    with pytest.raises(jwt.InvalidSignatureError):
        claims(token)


def test_minting_needs_a_key() -> None:
    with pytest.raises(NotClaimed) as caught:
        tokens(scheme="bearer", token="given-token").mint()
    assert caught.value.reason == "no signing key is declared"
    assert claims(tokens(scheme="bearer", token="t").mint(key=SECRET))["iat"]
    with pytest.raises(ConfigError, match=r"auth\.secret: found no key"):
        tokens(scheme="jwt").raw()


def pem(tmp_path: Path, key: Any) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_rsa_and_elliptic_keys(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "RS256": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
    }
    for algorithm, key in keys.items():
        known = tokens(scheme="jwt", algorithm=algorithm, key_file=pem(tmp_path, key), claims={"sub": "u1"})
        assert claims(known.raw(), key.public_key(), algorithm)["sub"] == "u1"
        assert jwt.get_unverified_header(known.raw() or "") == {"alg": algorithm, "typ": "JWT"}


def test_keys_that_cannot_be_used(tmp_path: Path) -> None:
    elliptic = pem(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(
        ConfigError,
        match=r"auth\.key_file: found .*: no such key; expected a key that RS256 .*\nhint: RS256 takes an RSA",
    ):
        tokens(scheme="jwt", algorithm="RS256", key_file=elliptic).raw()
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "public.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ConfigError, match=r"public.pem: no such key; .*\nhint: ES256 takes a private key"):
        tokens(scheme="jwt", algorithm="ES256", key_file=tmp_path / "public.pem").raw()
    with pytest.raises(ConfigError, match=r"none.pem: No such file or directory"):
        tokens(scheme="jwt", algorithm="RS256", key_file=tmp_path / "none.pem").raw()
    (tmp_path / "bad.pem").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"bad.pem: no PEM text"):
        tokens(scheme="jwt", algorithm="RS256", key_file=tmp_path / "bad.pem").raw()


def test_claims_are_written_as_they_are() -> None:
    with pytest.raises(TypeError):
        sign({"a": object()}, SECRET, "HS256")
    assert claims(minted().mint(claims={"n": 1.5}))["n"] == 1.5


def command(program: str) -> str:
    return f"{sys.executable} -I -c '{program}'"


def test_a_command_prints_the_token(tmp_path: Path) -> None:
    counter = tmp_path / "runs"
    known = tokens(
        scheme="command", command=command(f'open("{counter}", "a").write("x"); print("printed-token\\nmore")')
    )
    assert known.headers() == (("Authorization", "Bearer printed-token"),)
    assert known.raw() == "printed-token"
    assert counter.read_text() == "x"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ('import sys; sys.exit("no luck")', "exit status 1 (no luck)"),
        ("pass", "an empty first line"),
        ("import time; time.sleep(60)", "no end within 0.3 s"),
    ],
)
def test_a_command_that_fails(program: str, said: str) -> None:
    known = tokens(scheme="command", command=command(program), command_timeout=0.3 if "sleep" in program else 10.0)
    with pytest.raises(ConfigError) as caught:
        known.prepare()
    assert f"[auth]: auth.command: found {said}; expected a command" in str(caught.value)
    assert "\nhint: " in str(caught.value)


@pytest.mark.parametrize("line", ["/nowhere/mint", "", "unbalanced '"])
def test_a_command_that_cannot_be_started(line: str) -> None:
    with pytest.raises(ConfigError, match=r"auth\.command"):
        tokens(scheme="command", command=line).raw()


def test_every_token_is_known_to_the_redactor() -> None:
    redactor = Redactor()
    known = Tokens(Auth(scheme="jwt", secret=SECRET, second_user={"sub": "2"}), redactor)
    ((_name, second),) = known.second_user()
    texts = [known.raw() or "", known.mint(claims={"sub": "3"}), second.removeprefix("Bearer ")]
    known.place("forged-credential")
    for text in [*texts, "forged-credential"]:
        assert redactor.scrub(text).startswith("<secret:")
        assert redactor.scrub(text).endswith(f" len={len(text)}>")
    Tokens(Auth(scheme="bearer", token="given-token"), redactor).raw()
    assert redactor.scrub("given-token").endswith(" len=11>")


def test_a_printed_token_that_no_header_can_hold() -> None:
    line = f"{sys.executable} -Ic \"print('abc' + chr(7) + 'defgh')\""
    with pytest.raises(
        ConfigError, match=r"auth\.command: found a text with the control character U\+0007 at position 3"
    ):
        tokens(scheme="command", command=line).raw()
