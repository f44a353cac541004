"""Names that requirements of all profiles use for scenarios of any."""

from __future__ import annotations

import pytest

from chatproof.case import Case
from chatproof.config import Config
from chatproof.loading import scenario_set
from chatproof.scenario import CONTROL, EVERY
from support.recordings import case, exchange, recording, turn

KNOWN = scenario_set("ai-chat")


def test_control_stands_for_the_scenario_that_must_work() -> None:
    assert KNOWN.resolve({CONTROL, "get"}) == {"turn", "get"}
    found = case(turn=turn())
    assert found[CONTROL] is found["turn"]
    assert found.seen == {"turn"}


def test_every_stands_for_all() -> None:
    assert KNOWN.resolve({EVERY}) == frozenset(KNOWN.scenarios)
    assert {CONTROL, EVERY, "turn"} <= KNOWN.names


def test_every_recorded_answer_is_given_and_counts_as_seen() -> None:
    found = case(turn=turn(), get=exchange("get"), no_token=recording("no_token", not_claimed="no credential"))

    assert set(found.every()) == {"turn", "get"}
    assert found.seen == {"turn", "get"}


def test_every_must_be_declared() -> None:
    found = case(turn=turn())
    found.allowed = frozenset({"turn"})

    with pytest.raises(LookupError, match="does not declare"):
        found.every()


def test_a_case_without_recordings_has_nothing_to_show() -> None:
    empty = Case(profile="ai-chat", config=Config(), recordings={}, scenario_set=KNOWN)

    assert empty.every() == {}
    assert empty.seen == set()
