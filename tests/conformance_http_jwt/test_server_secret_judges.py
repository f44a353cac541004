"""The judges on what only the server may know: its key's length, and that no answer holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatproof.config import Auth, Backend, Config, StreamChat, from_table
from chatproof.conformance.http import test_secrets
from chatproof.conformance.jwt import test_key
from chatproof.har import load_folder, save_folder
from chatproof.recorder.credential import credential_of
from chatproof.recording import Request
from chatproof.redaction import Redactor
from chatproof.tokens import Tokens
from support.recordings import case, exchange, recording, turn
from support.verdicts import met, not_claimed, not_met, not_testable

LEAK = test_secrets.test_no_answer_holds_a_secret_of_the_server
KEY = test_key.test_signing_key_is_long_enough
JWT = Auth(scheme="jwt", secret="s" * 32, claims={"sub": "u"})
SEEN = {"secret": 1, "kind": "server secret", "where": "body"}


def leaking(*seen: dict[str, object], **options: Any) -> Any:
    answer = exchange("chat", status=401, findings={"secrets_seen": list(seen)})
    return case(**{"auth": JWT, "turn": turn(), "no_token": answer, **options})


def test_an_answer_that_holds_a_secret_of_the_server() -> None:
    said = not_met(LEAK, leaking(SEEN, {**SEEN, "where": "header x-debug"}))
    assert said.found == "a secret of the server in body and header x-debug of the answer to no_token/chat"
    assert said.at is not None
    assert said.at.label == "chat"


@pytest.mark.parametrize("kind", ["token", "credential", "issued credential", "cookie", "secret"])
def test_other_secrets_are_no_matter_of_this(kind: str) -> None:
    met(LEAK, leaking({**SEEN, "kind": kind}))


def test_answers_without_any_secret() -> None:
    met(LEAK, leaking())


@pytest.mark.parametrize(
    "declared",
    [
        {"auth": JWT},
        {"auth": Auth(), "backend": Backend(url="http://h", secrets=("a-key-of-a-service",))},
        {"auth": Auth(), "profile": "stream-chat", "settings": StreamChat(secret="a-secret-of-stream")},
    ],
)
def test_any_declared_secret_makes_it_claimed(declared: dict[str, Any]) -> None:
    recordings: dict[str, Any] = {"turn": recording("turn", turn(), profile=declared.get("profile", "ai-chat"))}
    met(LEAK, case(**declared, **recordings))


def test_without_a_declared_secret_it_is_not_claimed() -> None:
    assert "secrets = [" in not_claimed(LEAK, leaking(SEEN, auth=Auth(scheme="bearer", token="t"))).declare


def test_nothing_answered_is_no_verdict() -> None:
    assert "no answer" in not_testable(LEAK, case(auth=JWT, turn=exchange(status=None))).missing


def test_a_body_that_cannot_be_searched_is_no_verdict() -> None:
    hidden = exchange("chat", findings={"withheld": "the body is compressed (br)"})
    assert "compressed (br)" in not_testable(LEAK, case(auth=JWT, turn=turn(), no_token=hidden)).missing


def test_a_replay_says_the_same(tmp_path: Any) -> None:
    tables = {"backend": {"url": "http://127.0.0.1:3000"}, "auth": {"scheme": "jwt", "secret": "s" * 32, "claims": {}}}
    config = from_table({**tables, "profiles": {"ai-chat": {}}}, origin="a test")
    made = replace(leaking(SEEN), config=config)
    save_folder(tmp_path, {"ai-chat": dict(made.recordings)}, config)
    saved = load_folder(tmp_path)
    assert saved.config.server_secrets == ()
    again = replace(made, config=saved.config, recordings=saved.recordings["ai-chat"])
    assert not_met(LEAK, again).found == not_met(LEAK, made).found


def signed(count: int | None, **options: Any) -> Any:
    credential = {} if count is None else {"key_bytes": count}
    return case(**{"auth": JWT, "turn": turn(findings={"credential": credential}), **options})


@pytest.mark.parametrize("count", [32, 33, 64])
def test_a_key_that_is_long_enough(count: int) -> None:
    met(KEY, signed(count))


@pytest.mark.parametrize("count", [0, 24, 31])
def test_a_key_that_is_too_short(count: int) -> None:
    assert not_met(KEY, signed(count)).found == f"a key of {count} bytes"


def test_a_key_that_is_not_known() -> None:
    assert "no token" in not_testable(KEY, signed(None)).missing
    assert "RS256" in not_claimed(KEY, signed(32, auth=replace(JWT, algorithm="RS256"))).reason


@pytest.mark.parametrize(("key", "count"), [("s" * 32, 32), ("ü" * 16, 32), ("short-one", 9)])
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_the_recorder_notes_how_long_the_key_is(key: str, count: int) -> None:
    auth = replace(JWT, secret=key)
    redactor = Redactor.of(Config(auth=auth))
    headers = tuple(Tokens(auth, redactor).headers())
    found = credential_of(Request(method="POST", url="http://h/", headers=headers), auth, redactor)
    assert found is not None
    assert found["key_bytes"] == count
    assert "key_bytes" not in (
        credential_of(Request(method="GET", url="http://h/", headers=headers), Auth(), redactor) or {}
    )
