from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatproof.config import (
    AiChat,
    Auth,
    Backend,
    Config,
    ConfigError,
    Turn,
    as_declared,
    from_declared,
    from_table,
    load_config,
)
from chatproof.config.document import EXAMPLE
from support.tls import Authority

SECRET = "canary-secret-of-forty-characters-length"


def loaded(folder: Path, text: str = EXAMPLE) -> Config:
    Authority(folder)
    (folder / "chatproof.toml").write_text(text)
    return load_config(
        path=None, env={"CHAT_JWT_SECRET": SECRET}, environment_name=None, url=None, profiles=(), cwd=folder
    )


def test_a_configuration_comes_back_from_json_but_for_its_secrets(tmp_path: Path) -> None:
    config = loaded(tmp_path, EXAMPLE.replace("[backend]", '[backend]\nca_file = "ca.pem"'))
    saved = json.loads(json.dumps(as_declared(config)))

    assert from_declared(saved) == replace(
        config, auth=replace(config.auth, secret="<secret>"), secrets=(), server_secrets=()
    )
    assert as_declared(from_declared(saved)) == saved
    assert SECRET not in json.dumps(saved)


def test_the_assumed_profile_and_the_warnings_come_back() -> None:
    config = Config(profiles={"ai-chat": AiChat()}, assumed_profile=True, warnings=("careful",))

    assert from_declared(as_declared(config)) == config


def test_files_of_another_machine_need_not_exist() -> None:
    config = Config(
        backend=Backend(ca_file=Path("/nowhere/ca.pem")),
        auth=Auth(scheme="jwt", algorithm="ES256", key_file=Path("/nowhere/key.pem")),
        profiles={"ai-chat": AiChat()},
    )

    assert from_declared(as_declared(config)) == config


def test_a_text_with_a_reference_is_not_expanded_again() -> None:
    config = Config(profiles={"ai-chat": AiChat(message="costs ${A}")})

    assert from_declared(as_declared(config)).profiles["ai-chat"].message == "costs ${A}"


def test_commands_and_expanded_values_are_replaced() -> None:
    config = Config(
        backend=Backend(command=f"serve --key {SECRET}"),
        auth=Auth(scheme="command", command=f"mint {SECRET}"),
        profiles={"ai-chat": AiChat(fields={"list": [f"key={SECRET}", 1]}, long_turn=Turn(message="x"))},
        secrets=(SECRET,),
    )
    declared = as_declared(config)

    assert SECRET not in json.dumps(declared)
    assert declared["backend"]["command"] == "<secret>"
    assert declared["profiles"]["ai-chat"]["fields"] == {"list": ["key=<secret>", 1]}
    assert "secrets" not in declared


def test_a_saved_configuration_that_was_changed_by_hand_is_an_error() -> None:
    saved = as_declared(Config(profiles={"ai-chat": AiChat()}))
    saved["backend"]["max_rps"] = None

    with pytest.raises(ConfigError, match=r"the saved configuration: backend\.max_rps: found None"):
        from_declared(saved)


def test_a_table_made_in_memory_is_taken_as_it_is() -> None:
    table = {
        "backend": {"url": "http://127.0.0.1:1", "ca_file": "nowhere.pem"},
        "auth": {"scheme": "jwt", "secret": SECRET},
        "profiles": {"ai-chat": {"heartbeat": "1s", "message": "${A}"}},
    }
    config = from_table(table, origin="a table", profiles=["ai-chat"])

    assert config.profiles == {"ai-chat": AiChat(heartbeat=1.0, message="${A}")}
    assert (config.origin, config.secrets, config.warnings) == ("a table", (SECRET,), ())


def test_a_wrong_table_is_an_error_under_its_name() -> None:
    with pytest.raises(ConfigError, match=r"a table: backend\.ulr: found an unknown key"):
        from_table({"backend": {"ulr": "x"}}, origin="a table")
