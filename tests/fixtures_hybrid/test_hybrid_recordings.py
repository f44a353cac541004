"""What the scenarios record of the reference backend: no more than they said, and nothing that is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.checking import Check
from chatproof.config import from_table
from chatproof.conformance.hybrid.scenarios import SCENARIOS
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.hybrid.settings import API_SECRET
from chatproof.fixtures.references import REFERENCES
from chatproof.fixtures.server import Farm
from support.checks import MATRIX_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LABELS = {
    "poll": {"poll"},
    "cadence": {"1", "2"},
    "missing_parameters": {"no_channels", "no_client", "neither"},
    "cursors": {"words", "nan", "undefined", "now", "future"},
    "foreign_channel": {"foreign", "mixed", "anonymous"},
    "foreign_messages": {"member/001", "publish", "member/002", "foreign", "mixed", "anonymous"},
    "health": {"first", "second"},
    "token": {"token", "query", "body", "header", "other"},
    "diagnostics": {"user", "anonymous"},
    "debug_pages": {"page/user/1", "page/anonymous/1"},
    "unconfigured": {
        *(f"bare/{name}" for name in ("poll", "publish", "seen/001", "token", "diagnostics")),
        *(f"no_secret/{name}" for name in ("token", "diagnostics")),
    },
    "development": {f"development/{name}" for name in ("token", "diagnostics", "user/1", "anonymous/1")},
    "placeholders": {"placeholders/token", "placeholders/diagnostics"},
    "forced": {
        *(f"true/{name}" for name in ("poll", "publish", "seen/001", "token", "diagnostics")),
        *(f"false/{name}" for name in ("token", "diagnostics")),
    },
    "public_secret": {"public/token", "public/diagnostics"},
}


@pytest.fixture(scope="module")
def recorded() -> Iterator[Check]:
    """Everything recorded once."""
    with Farm() as farm:
        found = site(farm, FAULTS["hybrid_identity"], REFERENCES["hybrid"].full_settings(), with_front=False)
        config = from_table(found.config, origin="a test")
        check = Check(config=config, options=MATRIX_OPTIONS, surroundings=found.surroundings)
        from chatproof.catalogue import catalogue  # noqa: PLC0415 - slow

        check.pairs = check.pairs_of(catalogue().requirements.values())
        check.record(lambda _event: None)
        yield check


@pytest.mark.parametrize("name", LABELS)
def test_each_answer_has_its_label(recorded: Check, name: str) -> None:
    assert {entry.label for entry in recorded.recordings["hybrid"][name].exchanges} == LABELS[name]


@pytest.mark.parametrize("name", SCENARIOS.scenarios)
def test_no_scenario_sends_more_than_it_said(recorded: Check, name: str) -> None:
    scenario, settings = SCENARIOS.scenarios[name], recorded.config.profiles["hybrid"]
    cost = scenario.cost(recorded.config, settings, 10)
    recording = recorded.recordings["hybrid"][name]

    assert 0 < len(recording.exchanges) <= cost.requests
    assert 0 < cost.expected_seconds <= cost.seconds
    assert scenario.summary


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no_channels", "clientId=chatproof&lastEventId=0"),
        ("no_client", "channels=test&lastEventId=0"),
        ("neither", "lastEventId=0"),
    ],
)
def test_missing_parameters_are_missing(recorded: Check, name: str, expected: str) -> None:
    request = recorded.recordings["hybrid"]["missing_parameters"][name].request
    assert (request.method, request.url.partition("?")[2]) == ("GET", expected)


def test_polls_come_from_the_page_of_the_user(recorded: Check) -> None:
    request = recorded.recordings["hybrid"]["poll"]["poll"].request
    assert request.header("origin") == recorded.config.backend.origins[0]
    assert (request.header("authorization") or "").startswith("Bearer <secret:")
    anonymous = recorded.recordings["hybrid"]["foreign_channel"]["anonymous"].request
    assert anonymous.header("authorization") is None


def test_the_same_poll_is_sent_before_and_after_a_message(recorded: Check) -> None:
    recording = recorded.recordings["hybrid"]["between"]
    assert recording["before"].request == recording["after/1"].request


def test_stream_behaves_again_after_all(recorded: Check) -> None:
    upstream: Any = recorded.surroundings.upstream("hybrid")
    assert upstream._behaviour == "well"


def test_nothing_secret_is_kept(recorded: Check, tmp_path: Path) -> None:
    recorded.save(tmp_path)
    kept = "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file())
    assert "chatproof-" in kept
    assert API_SECRET not in kept
    assert recorded.config.auth.secret not in kept
    assert "eyJ" not in kept
