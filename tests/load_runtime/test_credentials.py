from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from chatproof.config import Config, ConfigError, Problem, from_table
from chatproof.loading import load

credentials = load("load", "runtime.credentials")

_ANY_TIME: Any = {"verify_iat": False, "verify_exp": False, "verify_aud": False}
SECRET = "canary-secret-of-the-load-users"


def config(auth: dict[str, Any], **keys: Any) -> Config:
    return from_table({"auth": auth, "load": keys}, origin="test")


def claims(headers: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    ((name, value),) = headers
    assert name == "Authorization"
    found: dict[str, Any] = jwt.decode(value.removeprefix("Bearer "), SECRET, algorithms=["HS256"], options=_ANY_TIME)
    return found


def minting(lifetime: float = 3600.0, **keys: Any) -> Any:
    auth = {"scheme": "jwt", "secret": SECRET, "lifetime": lifetime, "claims": {"sub": "first", "role": "user"}}
    return credentials.Credentials(config(auth, **keys))


def test_each_user_of_the_pool_has_its_own_claims() -> None:
    made = minting(user_claims={"sub": "load-{number}", "ids": ["{number}"]})
    made.prepare()
    found = [claims(made.headers(number)) for number in range(3)]
    assert [(entry["sub"], entry["ids"], entry["role"]) for entry in found] == [
        (f"load-{number}", [str(number)], "user") for number in range(3)
    ]
    assert made.headers(1) == made.headers(1)


def test_without_a_pool_all_share_the_first_user() -> None:
    made = minting()
    assert made.headers(0) == made.headers(17)
    assert claims(made.headers(5))["sub"] == "first"


def test_a_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    made, now, wall = minting(100.0, user_claims={"sub": "{number}"}), time.monotonic(), time.time()
    first = made.headers(1)
    assert made.headers(1) == first
    monkeypatch.setattr(time, "monotonic", lambda: now + 90)
    monkeypatch.setattr(time, "time", lambda: wall + 90)
    second = made.headers(1)
    assert second != first
    assert claims(second)["exp"] - claims(first)["exp"] == pytest.approx(90, abs=2)


def test_where_renewing_fails_the_old_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    made, now = minting(100.0, user_claims={"sub": "{number}"}), time.monotonic()
    first = made.headers(1)

    def fail(*_: object) -> None:
        raise ConfigError(Problem(where="[auth]", key="secret", found="no key", expected="a key"))

    monkeypatch.setattr(time, "monotonic", lambda: now + 90)
    monkeypatch.setattr(made, "_made", fail)
    assert made.headers(1) == first


def test_tokens_of_a_file_go_to_users_in_turn(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("one\n\n two \nthree\n")
    made = credentials.Credentials(config({"scheme": "cookie", "name": "sid", "token": "x"}, tokens_file=str(file)))
    made.prepare()
    assert [made.headers(number) for number in (0, 1, 2, 3)] == [
        (("Cookie", f"sid={name}"),) for name in ("one", "two", "three", "one")
    ]


@pytest.mark.parametrize("content", ["", "\n\n", None])
def test_a_file_without_tokens_is_a_problem_of_the_settings(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match="tokens_file"):
        credentials.read_tokens(file)


def test_no_credential_where_the_scheme_is_none() -> None:
    assert credentials.Credentials(config({"scheme": "none"})).headers(3) == ()


def test_a_command_is_run_once_for_all_and_again_before_its_token_ends(tmp_path: Path) -> None:
    count = tmp_path / "count"
    token = jwt.encode({"exp": int(time.time()) + 3600}, SECRET)
    script = f"echo x >> {count}; echo {token}"
    made = credentials.Credentials(config({"scheme": "command", "command": f"sh -c '{script}'"}))
    made.prepare()
    assert {made.headers(number) for number in range(4)} == {(("Authorization", f"Bearer {token}"),)}
    assert count.read_text() == "x\n"
    made._kept[-1] = (made._kept[-1][0], 0.0)
    made.headers(2)
    assert count.read_text() == "x\nx\n"


@pytest.mark.parametrize("token", [None, "", "opaque", "a.b.c", "a.e30.c", "a.bnVsbA.c"])
def test_a_token_that_says_no_end_is_kept(token: str | None) -> None:
    assert credentials.expiry_of(token) == float("inf")
