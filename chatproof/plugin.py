"""The pytest plugin: options, and the way into the suite. Imports pytest only until a backend is named."""

from __future__ import annotations

import pytest  # noqa: TC002 - pluggy reads the annotations of hooks

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the `--chat-...` options."""
    group = parser.getgroup("chatproof", "conformance of chat backends")
    group.addoption("--chat-url", metavar="URL", help="the chat backend under test")
    group.addoption("--chat-config", metavar="FILE", help="a chatproof.toml (default: the one in this folder)")
    group.addoption("--chat-env", metavar="NAME", help="lay the table [env.NAME] over the configuration")
    group.addoption("--chat-profile", metavar="P", action="append", default=[], help="judge this profile only")
    group.addoption("--chat-strict", action="store_true", help="a SHOULD weighs as a MUST")
    group.addoption("--chat-slow", action="store_true", help="also run scenarios that wait longer than 60 s")
    group.addoption("--chat-fuzz", metavar="N", type=int, default=100, help="examples for each fuzzed route")


def pytest_configure(config: pytest.Config) -> None:
    """Loads the suite where a backend is named or a prepared run was handed over by the command line."""
    if config.pluginmanager.has_plugin("chat-suite"):
        return
    named = any(config.getoption(name) for name in ("chat_url", "chat_config"))
    asked = any(str(argument).startswith("chatproof.conformance") for argument in config.args)
    if named or asked:
        from chatproof.pytest_suite import suite_of  # noqa: PLC0415 - only now, so that other runs pay nothing

        suite = suite_of(config)
        if suite is not None:
            config.pluginmanager.register(suite, "chat-suite")
