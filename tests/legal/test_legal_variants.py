"""What the standards leave open is left open: a right backend in another form breaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from legal import answer_variants, framing_variants, page_variants, stream_variants
from legal.variant import Variant

from chatproof.catalogue import catalogue
from chatproof.config import from_table
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm
from chatproof.run import Run
from chatproof.scenario import EVERY
from chatproof.verdict import Level, Verdict
from support.checks import LOOKS, run_check
from support.cores import cores

LONG = frozenset(
    {
        *("long_turn", "gzip", "front_long_turn", "idle_turn", "many_turns", "resume", "fuzz", "heartbeat_variable"),
        EVERY,
    }
)
KNOWN = catalogue().requirements
QUICK = [name for name, entry in KNOWN.items() if LONG.isdisjoint(entry.scenarios)]
_ALL = (*framing_variants.VARIANTS, *answer_variants.VARIANTS, *page_variants.VARIANTS, *stream_variants.VARIANTS)
VARIANTS = {variant.name: variant for variant in _ALL}


def judged(variant: Variant, pace: float) -> Run:
    """What a check says of the variant, which declares all that it offers."""
    with Farm() as farm:
        found = site(farm, variant.stand, full_settings(heartbeat_seconds=pace))
        tables = found.config
        tables["backend"].update(variant.backend)
        tables["profiles"]["ai-chat"].update(variant.profile)
        config = from_table(tables, origin="a legal variant")
        return run_check(config, selectors=() if variant.long else QUICK, surroundings=found.surroundings)


def said(run: Run, *verdicts: Verdict) -> dict[str, str]:
    """The requirements of these verdicts, each with what was found or is missing."""
    entries = [entry for entry in run.verdicts if entry.verdict in {verdict.value for verdict in verdicts}]
    return {entry.requirement: entry.found or entry.reason for entry in entries}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_a_legal_variant_breaks_nothing(name: str, tmp_path: Path) -> None:
    variant = VARIANTS[name]
    broken: dict[str, str] = {}
    unseen: dict[str, str] = {}
    for pace, alone in LOOKS:
        with cores(tmp_path, alone=alone):
            run = judged(variant, pace)
        assert run.crash == ""
        broken, unseen = said(run, Verdict.NOT_MET), said(run, Verdict.NOT_TESTABLE, Verdict.NOT_CLAIMED)
        if (broken.keys(), unseen.keys()) == (variant.not_met.keys(), variant.unseen.keys()):
            break

    assert {row: found for row, found in broken.items() if row not in variant.not_met} == {}
    assert {row: reason for row, reason in unseen.items() if row not in variant.unseen} == {}
    assert (broken.keys(), unseen.keys()) == (variant.not_met.keys(), variant.unseen.keys())


def test_only_recommendations_are_touched() -> None:
    touched = {row for variant in _ALL for row in variant.not_met}

    assert len(VARIANTS) == len(_ALL)
    assert [row for row in sorted(touched) if KNOWN[row].level is Level.MUST] == []


def test_long_and_quick_variants_together_ask_for_every_requirement() -> None:
    assert any(variant.long for variant in _ALL)
    assert set(QUICK) < set(KNOWN)
