"""The settings that two runs must share: what is of the backend's behaviour is kept, the rest is left out."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.config import from_table
from chatproof.settings import fingerprint, settings_of

TABLE: dict[str, Any] = {
    "backend": {"url": "http://127.0.0.1:3000"},
    "profiles": {"ai-chat": {"heartbeat": 10.0}},
}


def settings(**tables: Any) -> dict[str, Any]:
    table = {name: {**TABLE.get(name, {}), **tables.get(name, {})} for name in {**TABLE, **tables}}
    return settings_of(from_table(table, origin="test"))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"backend": {"url": "http://127.0.0.1:4000"}}, True),
        ({"backend": {"url": "http://localhost:4000"}}, True),
        ({"backend": {"url": "http://[::1]:4000"}}, True),
        ({"backend": {"url": "https://127.0.0.1:3000"}}, False),
        ({"backend": {"url": "http://192.0.2.1:3000"}}, False),
        ({"backend": {"front": "http://127.0.0.1:9000"}}, False),
        ({"backend": {"environment": "production"}}, False),
        ({"backend": {"build": "b9"}}, True),
        ({"backend": {"command": "serve"}}, True),
        ({"backend": {"command": "serve", "start_timeout": 9.0}}, True),
        ({"profiles": {"ai-chat": {"heartbeat": 11.0}}}, False),
        ({"profiles": {"ai-chat": {"heartbeat": 10.0}, "chatkit": {}}}, False),
        ({"profiles": {"ai-chat": {"heartbeat": 10.0, "long_turn": {"message": "x", "max_duration": 90.0}}}}, False),
        ({"targets": {"error_rate": "< 2%"}}, False),
        ({"auth": {"scheme": "bearer", "token": "abcdefgh"}}, False),
        ({"load": {"max_users": 7}}, True),
    ],
)
def test_what_says_nothing_of_the_backend_s_behaviour_is_no_difference(other: dict[str, Any], same: bool) -> None:
    assert (settings() == settings(**other)) is same
    assert (fingerprint(settings()) == fingerprint(settings(**other))) is same


def test_how_long_a_turn_is_waited_for_is_left_out_wherever_it_stands() -> None:
    def turn(**more: Any) -> dict[str, Any]:
        return settings(profiles={"ai-chat": {"heartbeat": 10.0, "long_turn": {"message": "x", **more}}})

    assert turn(max_duration=90.0) == turn(max_duration=30.0)
    assert turn() != turn(message="y")


def test_two_addresses_that_are_not_of_the_loopback_are_two() -> None:
    assert settings(backend={"url": "http://192.0.2.1:1"}) != settings(backend={"url": "http://192.0.2.1:2"})
    fronts = [settings(backend={"front": f"http://127.0.0.1:{port}"}) for port in (1, 2)]
    assert fronts[0] == fronts[1]


def test_what_is_not_declared_has_no_table() -> None:
    assert "targets" not in settings()
    assert settings(targets={"error_rate": "< 2%"})["targets"] == {"error_rate": "< 2%"}
    assert settings()["backend"]["url"] == "http://loopback"


def test_a_fingerprint_is_of_twelve_digits_and_of_no_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert len(fingerprint({})) == 12
    assert set(fingerprint({"a": 1})) <= set("0123456789abcdef")
