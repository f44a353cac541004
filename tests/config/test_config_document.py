from __future__ import annotations

import copy
import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chatproof.config.document import EXAMPLE, SCHEMA_FILE, main, markdown, schema_text
from chatproof.config.keys import Auth, Backend, Waiver
from chatproof.config.load_keys import Load, Observe
from chatproof.config.profile_keys import PROFILES
from chatproof.config.schema import schema
from chatproof.config.shared_keys import RateLimit, Turn
from chatproof.config.tables import as_toml, keys_of

ROOT = Path(__file__).parents[2]
TABLES = (Backend, Auth, *PROFILES.values(), Turn, RateLimit, Load, Observe, Waiver)


def as_json(text: str) -> Any:
    """TOML as JSON: dates are texts there."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def errors(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema()).iter_errors(document)]


def test_the_committed_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "config.md").read_text() == markdown()


def test_the_shipped_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text() == schema_text()


def test_the_page_lists_every_key() -> None:
    page = markdown()

    assert [name for table in TABLES for name in keys_of(table) if f"\n| `{name}` | " not in page] == []


def test_every_key_has_a_sentence() -> None:
    keys = [entry for table in TABLES for entry in keys_of(table).values()]

    assert [entry.name for entry in keys if not entry.metadata["doc"].endswith((".", "?"))] == []


def test_every_example_of_a_key_is_one_that_the_schema_takes() -> None:
    for table, path in (
        (Backend, "backend"),
        (Auth, "auth"),
        (Load, "load"),
        (Observe, "observe"),
        (Waiver, "waivers"),
    ):
        for name, entry in keys_of(table).items():
            example = entry.metadata["example"]
            if example:
                value = as_json(f"x = {as_toml(example)}")["x"]
                found = schema()["$defs"][path]
                properties = found.get("properties") or found["items"]["properties"]
                assert Draft202012Validator(properties[name]).is_valid(value), (path, name)


def test_the_schema_is_one_and_takes_the_example() -> None:
    Draft202012Validator.check_schema(schema())

    assert errors(as_json(EXAMPLE)) == []


def test_the_schema_takes_references_where_texts_stand() -> None:
    assert errors({"backend": {"url": "${URL}", "environment": "${WHERE}", "connect_timeout": "${T}"}}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"backned": {}},
        {"backend": {"ulr": "http://h"}},
        {"backend": {"url": "ftp://h"}},
        {"backend": {"environment": "prodution"}},
        {"backend": {"max_rps": "fast"}},
        {"backend": {"max_rps": -1}},
        {"backend": {"max_concurrency": 1.5}},
        {"backend": {"origins": "http://a"}},
        {"backend": {"intrusive": "yes"}},
        {"auth": {"claims": 3}},
        {"profiles": {"ai-caht": {}}},
        {"profiles": {"ai-chat": {"heartbeat": "10 parsecs"}}},
        {"profiles": {"ai-chat": {"path": "api"}}},
        {"profiles": {"ai-chat": {"long_turn": {}}}},
        {"profiles": {"ai-chat": {"rate_limit": {"burst": 0}}}},
        {"targets": {"ttft.p95": "350ms"}},
        {"load": {"user": 3}},
        {"load": {"users": 1.5}},
        {"load": {"arrivals": "poison"}},
        {"observe": {"pid": 0}},
        {"waivers": [{"requirement": "A"}]},
        {"env": {"live": {"backned": {}}}},
        {"env": {"live": {"backend": {"ulr": ""}}}},
    ],
    ids=str,
)
def test_the_schema_refuses_typos(change: dict[str, Any]) -> None:
    document = copy.deepcopy(as_json(EXAMPLE))
    document.update(change)

    assert errors(document)


def test_the_writer_writes_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chatproof.config.document.SCHEMA_FILE", tmp_path / "schema.json")

    assert main() == 0
    assert (tmp_path / "docs" / "config.md").read_text() == markdown()
    assert (tmp_path / "schema.json").read_text() == schema_text()


def test_the_writer_wants_the_root_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main() == 2
    assert "hint: " in capsys.readouterr().err


def test_secret_keys_have_no_repr() -> None:
    hidden = [
        entry
        for table in TABLES
        for entry in dataclasses.fields(table)
        if entry.metadata.get("kind") in {"secret", "command"}
    ]

    assert sorted(entry.name for entry in hidden) == [
        "command",
        "command",
        "generate_token",
        "secret",
        "secret",
        "secret",
        "secrets",
        "token",
    ]
    assert not any(entry.repr for entry in hidden)
