from __future__ import annotations

import tomllib
from typing import Any

import pytest

from chatproof.config.toml_text import toml_text

TABLES: dict[str, dict[str, Any]] = {
    "backend": {"url": "http://h", "origins": ["http://a", "http://b"], "max_rps": 2.5, "intrusive": False},
    "auth": {"claims": {"sub": 'a "quoted" \\ name\n', "odd key": 1}},
    "profiles": {"ai-chat": {"path": "/c", "long_turn": {"message": "x", "fields": {}}}, "other": {"path": "/o"}},
    "targets": {"ttft[memory].p95": "< 500ms"},
}


def test_what_is_written_is_read_back() -> None:
    assert tomllib.loads(toml_text(TABLES)) == TABLES


def test_tables_of_tables_are_sections_of_their_own() -> None:
    text = toml_text({"profiles": TABLES["profiles"]})

    assert "[profiles.ai-chat]\n" in text
    assert "[profiles.other]\n" in text


def test_what_toml_cannot_say_is_an_error() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        toml_text({"backend": {"url": None}})
