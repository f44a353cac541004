"""What a check of the reference backend sends and takes at the most: a dearer scenario is noticed here."""

from __future__ import annotations

from chatproof.catalogue import catalogue
from chatproof.checking import Check, Options
from chatproof.config import from_table
from chatproof.fixtures.backend import reference_table

MOST_REQUESTS = 560
MOST_TURNS = 130
EXPECTED_SECONDS = 20


def test_the_plan_of_the_reference_backend_keeps_its_bounds() -> None:
    table = reference_table("http://127.0.0.1:3000", secret="a-secret-of-thirty-two-bytes-at-least")
    check = Check(config=from_table(table, origin="a test"), options=Options())
    check.pairs = check.pairs_of(catalogue().requirements.values())

    plan = check.plans()["ai-chat"]

    assert 0 < plan.requests <= MOST_REQUESTS
    assert 0 < plan.turns <= MOST_TURNS
    assert 0 < plan.expected_seconds <= EXPECTED_SECONDS
    assert plan.expected_seconds <= plan.seconds
    assert {left.scenario for left in plan.left_out} == {"front", "front_long_turn", "resume", "test_scenario"}
