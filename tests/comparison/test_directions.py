"""Which metrics two runs are compared by, and which way each is better."""

from __future__ import annotations

import pytest

from chatproof.metrics.directions import DIRECTIONS
from chatproof.metrics.table import METRICS
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.targets.expression import metric_of

NO_BETTER_WAY = {"lag.read", "lag.send", "lag.loop", "heartbeat.interval", "tokens", "cost"}
"""Of the generator alone, without a better way, or decided by the plan: never compared."""
BESIDE_ANOTHER = {*("push.first", "push.median", "push.spread"), *("rss.left", "open_files.left")}
"""Not compared: `push` and `push.last` say the same, or it is seen once in a run of its own kind."""
MORE_IS_BETTER = {
    *("survival_5m", "uptime", "attainment", "delivery_ratio"),
    *("goodput", "concurrency", "concurrency.mean"),
}


def test_every_metric_that_a_target_may_name_has_a_direction() -> None:
    assert DIRECTIONS.keys() <= METRICS.keys()
    assert METRICS.keys() - DIRECTIONS.keys() - NO_BETTER_WAY == BESIDE_ANOTHER


@pytest.mark.parametrize("name", sorted(NO_BETTER_WAY))
def test_what_says_nothing_of_the_backend_is_not_compared(name: str) -> None:
    assert name in METRICS
    assert name not in DIRECTIONS


def test_more_is_better_of_what_survives_and_of_what_is_carried() -> None:
    assert {name for name, direction in DIRECTIONS.items() if direction.better == "higher"} == MORE_IS_BETTER


def test_the_targets_of_the_documents_go_the_same_way() -> None:
    found = {metric_of(entry.name): entry.condition for entry in DOCUMENT_TARGETS}
    shared = found.keys() & DIRECTIONS.keys()

    assert len(shared) > 5
    for metric in shared:
        assert (DIRECTIONS[metric].better == "higher") is found[metric].startswith(">"), metric
