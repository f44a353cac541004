"""What judging costs: all judges over one whole recording of the reference backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.catalogue import catalogue
from chatproof.checking import Check
from chatproof.config import from_table
from chatproof.fixtures.faults import IDENTITY
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm
from chatproof.verdict import Verdict
from support.checks import MATRIX_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.recording import Recording


@pytest.fixture(scope="module")
def recorded() -> Check:
    known = catalogue()
    with Farm() as farm:
        found = site(farm, FAULTS[IDENTITY], full_settings(heartbeat_seconds=0.5))
        config = from_table(found.config, origin="a benchmark")
        check = Check(config=config, options=MATRIX_OPTIONS, surroundings=found.surroundings)
        check.pairs = check.pairs_of(known.requirements.values())
        check.record(lambda _event: None)
    return check


def fresh(recorded: Check) -> Check:
    """The same recordings as if they came from disk: no stream is decoded yet."""
    copies: dict[str, dict[str, Recording]] = {
        profile: {
            name: replace(recording, exchanges=tuple(replace(exchange) for exchange in recording.exchanges))
            for name, recording in found.items()
        }
        for profile, found in recorded.recordings.items()
    }
    return replace(recorded, recordings=copies, judgements={}, errors=[])


@pytest.mark.benchmark(group="judging")
def test_all_judges_of_one_run(benchmark: Callable[..., Any], recorded: Check) -> None:
    judgements = benchmark.pedantic(  # type: ignore[attr-defined]  # the fixture's type is not exported
        Check.judge_rest, setup=lambda: ((fresh(recorded),), {}), rounds=10
    )

    assert {entry.verdict for entry in judgements.values()} == {Verdict.MET}
    assert len(judgements) == len(recorded.pairs)
