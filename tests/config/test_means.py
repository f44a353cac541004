from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from chatproof.config import PROFILES, Config, load_config
from chatproof.means import MEANS, is_loopback, means_named, undeclared

if TYPE_CHECKING:
    from pathlib import Path

# The profile in which a means is asked for, where that is not ai-chat.
PROFILE = {
    "upstream": "stream-chat",
    "custom_mode": "chatkit",
    "hosted_mode": "chatkit",
    "session_mode": "chatkit",
    "self_hosted_mode": "chatkit",
}
# Means that an empty configuration already gives: another profile's table, or another backend, lacks them.
WITHOUT = {
    "custom_mode": '[profiles.chatkit]\nmode = "hosted"\n',
    "session_mode": '[profiles.chatkit]\nmode = "self-hosted"\n',
    "loopback_or_intrusive": '[backend]\nurl = "http://192.0.2.1"\n',
    "no_browser_calls": "",
}
KEYS = ("idle_turn", "ping_path", "health_path", "resume_path", "heartbeat_variable")
# What a declaration rests on where it is a line of a table that has to say more.
BESIDES = {
    "second_user": 'scheme = "jwt"\nsecret = "${CHAT_JWT_SECRET}"\n',
    "loopback_or_intrusive": 'url = "http://192.0.2.1"\n',
}
AFTER = {"upstream": '\n[backend]\ncommand = "node server.js"\n'}


def configured(folder: Path, text: str) -> Config:
    (folder / "chatproof.toml").write_text(text)
    env = {"CHAT_JWT_SECRET": "x" * 40, "CHATPROOF_TOKEN": "t" * 40}
    return load_config(path=None, env=env, environment_name=None, url=None, profiles=(), cwd=folder)


def bare(folder: Path, name: str = "") -> Config:
    profile = f"[profiles.{PROFILE[name]}]\n" if name in PROFILE else ""
    (folder / "chatproof.toml").write_text(WITHOUT.get(name, f'[backend]\ncors = "any"\n{profile}'))
    return load_config(path=None, env={}, environment_name=None, url=None, profiles=(), cwd=folder)


@pytest.mark.parametrize("name", [*MEANS, *KEYS])
def test_every_means_has_a_sentence(name: str) -> None:
    assert means_named(name).doc.endswith(".")


@pytest.mark.parametrize("name", [*MEANS, *KEYS])
def test_pasting_the_declaration_gives_the_means(tmp_path: Path, name: str) -> None:
    profile = PROFILE.get(name, "ai-chat")
    missing = undeclared([name], bare(tmp_path, name), profile)
    assert missing is not None
    assert missing.reason
    text = missing.declare
    if not text.startswith("["):
        table = text.partition("  # in ")[2].partition("]")[0] + "]"
        text = f"{table}\n{BESIDES.get(name, '')}{text.partition('  # in ')[0]}{AFTER.get(name, '')}"
    tomllib.loads(text)
    if f"[profiles.{profile}]" not in text:
        text += f"\n[profiles.{profile}]\n"

    assert undeclared([name], configured(tmp_path, text), profile) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_a_key_of_any_profile_is_a_means(profile: str) -> None:
    table = PROFILES[profile]
    named = means_named("path" if hasattr(table, "path") else "session_path", table)

    assert named.doc
    assert "[profiles.{profile}]" in named.declare


def test_several_missing_means_are_named_together(tmp_path: Path) -> None:
    missing = undeclared(["long_turn", "front"], bare(tmp_path), "ai-chat")

    assert missing is not None
    assert missing.reason == "no long turn is declared; no public front is declared"
    assert [line.split(" = ")[0] for line in missing.declare.split("\n")] == ["long_turn", "front"]
    assert "[profiles.ai-chat]" in missing.declare


def test_no_means_are_never_missing(tmp_path: Path) -> None:
    assert undeclared([], bare(tmp_path), "ai-chat") is None


def test_an_unknown_name_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        undeclared(["tokens"], bare(tmp_path), "ai-chat")


@pytest.mark.parametrize(
    ("scheme", "held"),
    [
        ('scheme = "jwt"\nsecret = "s"', {"token", "signing_key", "bearer_scheme"}),
        ('scheme = "bearer"\ntoken = "s"', {"token", "bearer_scheme"}),
        ('scheme = "command"\ncommand = "s"', {"token", "bearer_scheme"}),
        ('scheme = "cookie"\nname = "c"\ntoken = "s"', {"token"}),
        ('scheme = "header"\nname = "c"\ntoken = "s"', {"token"}),
        ('scheme = "none"', set()),
    ],
)
def test_what_each_scheme_gives(tmp_path: Path, scheme: str, held: set[str]) -> None:
    config = configured(tmp_path, f"[auth]\n{scheme}\n")
    names = ("token", "signing_key", "bearer_scheme")

    assert {name for name in names if undeclared([name], config, "ai-chat") is None} == held


def test_a_second_user_without_a_key_is_none(tmp_path: Path) -> None:
    text = '[auth]\nscheme = "bearer"\ntoken = "s"\nsecond_user = { sub = "u2" }\n'

    assert undeclared(["second_user"], configured(tmp_path, text), "ai-chat") is not None


def test_origins_without_a_browser_policy_are_none(tmp_path: Path) -> None:
    text = '[backend]\norigins = ["http://a"]\ncors = "none"\n'

    assert undeclared(["origins"], configured(tmp_path, text), "ai-chat") is not None


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:3000", True),
        ("http://LOCALHOST.", True),
        ("http://127.0.0.1", True),
        ("http://127.9.8.7:80", True),
        ("http://[::1]:3000", True),
        ("http://0.0.0.0", False),
        ("http://128.0.0.1", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://[::2]", False),
        ("", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
