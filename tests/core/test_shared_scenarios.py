"""Scenarios that profiles make of their own request alone, against a backend of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.config import Route, from_table
from chatproof.conformance.common.browsers import browser_scenarios, from_page
from chatproof.conformance.common.credentials import credential_scenarios
from chatproof.conformance.common.requests import declared, get, post
from chatproof.fixtures.backend import create_app, reference_config, reference_settings
from chatproof.fixtures.server import Farm
from chatproof.loading import scenario_set
from chatproof.recorder import record
from chatproof.recording import Recording, Request
from chatproof.scenario import Cost, Scenario

if TYPE_CHECKING:
    from chatproof.driver import Driver

PAGE = "http://localhost:3001"


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, object]]:
    settings = reference_settings(heartbeat_seconds=1.0)
    with Farm() as farm:
        yield reference_config(farm.start(create_app(settings)), settings)


def recorded(tables: dict[str, object], *scenarios: Scenario) -> dict[str, Recording]:
    """What these scenarios record, beside the control turn of ai-chat."""
    known = scenario_set("ai-chat")
    own = {scenario.name: scenario for scenario in scenarios}
    wider = replace(known, scenarios={**known.scenarios, **own})
    done = record(wider, list(own), from_table(tables, origin="a test"))
    assert done.errors == []
    return done.recordings


def ping(driver: Driver) -> Request:
    return get(driver, "/api/v1/auth/ping")


def ping_as(driver: Driver, credential: tuple[tuple[str, str], ...]) -> Request:
    return get(driver, "/api/v1/auth/ping", credential=credential)


def statuses(recording: Recording) -> dict[str, int | None]:
    return {exchange.label: exchange.status for exchange in recording.exchanges}


def test_the_preflight_asks_for_what_the_request_sends(tables: dict[str, object]) -> None:
    found = recorded(tables, *browser_scenarios(ping))["preflight"]

    asked = {exchange.label: exchange.request for exchange in found.exchanges}
    assert {label: request.header("access-control-request-headers") for label, request in asked.items()} == {
        "listed": "authorization",
        "curl_form": "Authorization",
    }
    assert {request.header("access-control-request-method") for request in asked.values()} == {"GET"}
    assert statuses(found) == {"listed": 204, "curl_form": 204}


def test_foreign_pages_send_the_request_itself(tables: dict[str, object]) -> None:
    found = recorded(tables, *browser_scenarios(ping))["foreign_origins"]

    pages = {exchange.label: exchange.request.header("origin") for exchange in found.exchanges}
    assert pages["actual/evil"] == pages["preflight/evil"] == "https://evil.example"
    assert pages["actual/suffix"] == f"{PAGE}.evil.example"
    assert pages["actual/null"] == "null"
    assert len(pages) == 8
    assert statuses(found)["actual/prefix"] == 200


def test_a_native_client_has_no_origin(tables: dict[str, object]) -> None:
    found = recorded(tables, *browser_scenarios(ping))["native"]

    assert found["turn"].request.header("origin") is None
    assert found["turn"].status == 200


def test_credentials_are_sent_one_by_one(tables: dict[str, object]) -> None:
    found = recorded(tables, *credential_scenarios(ping_as))

    assert statuses(found["no_token"]) == {"chat": 401}
    assert set(statuses(found["forged_tokens"]).values()) == {401}
    assert "none" in statuses(found["forged_tokens"])
    minted = statuses(found["minted_tokens"])
    assert minted.pop("fresh") == 200
    assert set(minted.values()) == {401}


def test_a_declared_route_is_filled_in(tables: dict[str, object]) -> None:
    seen: list[Request] = []

    async def run(driver: Driver) -> None:
        route = Route(path="/x/{agent}?q={text}", method="PUT", body={"to": ["{agent}"], "n": 5, "text": "<{text}>"})
        seen.append(declared(driver, route, {"agent": "a1", "text": "hello"}))
        seen.append(post(driver, "/empty", origin=None, credential=()))

    recorded(tables, Scenario(name="own", run=run, cost=lambda *_: Cost()))

    full, empty = seen
    assert full.method == "PUT"
    assert full.url.endswith("/x/a1?q=hello")
    assert full.body == b'{"to":["a1"],"n":5,"text":"<hello>"}'
    assert full.header("content-type") == "application/json"
    assert (empty.body, empty.header("content-type"), empty.header("origin")) == (b"", None, None)


def test_another_page_takes_the_place_of_the_first() -> None:
    request = Request(method="GET", url="http://x/", headers=(("origin", PAGE), ("Accept", "*/*")))

    assert from_page(request, "null").headers == (("Accept", "*/*"), ("Origin", "null"))
    assert from_page(request, None).headers == (("Accept", "*/*"),)
