from __future__ import annotations

import resource
import socket
from typing import Any

import pytest

from chatproof.load_plan import Plan, Stage
from chatproof.load_run.safety import LoadRefusedError, is_loopback, make_room_for_files, refuse_foreign_host


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and their addresses; nothing else is resolved."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> list[Any]:
        if host in known:
            return [entry for text in known[host] for entry in real(text, *rest, **more)]
        if host.replace(".", "").isdigit() or ":" in host:
            return list(real(host, *rest, **more))
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000", "https://127.9.8.7", "http://[::1]:80", "http://LocalHost:1"])
def test_loopback_is_allowed(url: str, names: dict[str, list[str]]) -> None:
    names["localhost"] = ["127.0.0.1", "::1"]
    refuse_foreign_host(url, ())


@pytest.mark.parametrize(
    ("host", "addresses", "why"),
    [
        ("chat.example.com", ["192.0.2.7"], "192.0.2.7 is not this machine's loopback"),
        ("half.example.com", ["127.0.0.1", "192.0.2.7"], "192.0.2.7 is not this machine's loopback"),
        ("unknown.example.com", [], "its name cannot be resolved"),
        ("192.0.2.7", ["192.0.2.7"], "not loopback"),
        ("0.0.0.0", ["0.0.0.0"], "not loopback"),  # noqa: S104 - an address that must be refused
        ("localhost.example.com", [], "its name cannot be resolved"),
    ],
)
def test_any_other_host_is_refused_with_why_and_how(
    host: str, addresses: list[str], why: str, names: dict[str, list[str]]
) -> None:
    if addresses:
        names[host] = addresses
    with pytest.raises(LoadRefusedError) as refused:
        refuse_foreign_host(f"http://{host}:3000", ("other.example.com",))
    assert why in str(refused.value)
    assert f'hint: where the backend is yours, write below [load] in chatproof.toml: allow_hosts = ["{host}"]' in str(
        refused.value
    )


@pytest.mark.parametrize("allowed", ["chat.example.com", "CHAT.example.com", "chat.example.com:8443"])
def test_a_host_that_is_named_is_allowed_without_being_resolved(allowed: str, names: dict[str, list[str]]) -> None:
    assert names == {}
    refuse_foreign_host("https://chat.example.com:8443", (allowed,))


@pytest.mark.parametrize("allowed", ["example.com", "chat.example.com:443", "evil-chat.example.com", "chat", ""])
def test_a_name_allows_itself_alone(allowed: str, names: dict[str, list[str]]) -> None:
    assert names == {}
    with pytest.raises(LoadRefusedError):
        refuse_foreign_host("https://chat.example.com:8443", (allowed,))


def test_an_ipv4_address_in_ipv6_clothes_is_what_it_is(names: dict[str, list[str]]) -> None:
    assert names == {}
    assert is_loopback("::ffff:127.0.0.1")[0]
    assert not is_loopback("::ffff:192.0.2.7")[0]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The limit of open files as this process would see it, and what was set."""
    found: dict[str, Any] = {"now": (256, 4096), "set": []}
    monkeypatch.setattr(resource, "getrlimit", lambda _what: found["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _what, pair: found["set"].append(pair))
    return found


def test_a_limit_that_is_high_enough_is_left_alone(limits: dict[str, Any]) -> None:
    assert make_room_for_files(Plan(users=50), processes=1) == 256
    assert limits["set"] == []


def test_the_soft_limit_is_raised_to_what_the_users_need(limits: dict[str, Any]) -> None:
    raised = make_room_for_files(Plan(users=10, stages=(Stage(seconds=1, users=1000),)), processes=1)
    assert 2000 <= raised <= 4096
    assert limits["set"] == [(raised, 4096)]


def test_a_hard_limit_that_is_too_low_is_refused_with_what_to_do(limits: dict[str, Any]) -> None:
    with pytest.raises(LoadRefusedError, match="this machine allows 4096") as refused:
        make_room_for_files(Plan(users=5000), processes=1)
    assert "ulimit -n" in str(refused.value)
    assert limits["set"] == []
    make_room_for_files(Plan(users=5000), processes=4)
