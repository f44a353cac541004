"""Steadiness: what drifts is seen, and chance is not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from chatproof.capacity.steadiness import Halves, drift

STEADY = Halves(level=(60.0, 60.5), ended=(300, 310), latency=([0.2] * 50, [0.21] * 50))


def test_two_halves_that_are_alike_are_steady() -> None:
    assert not drift(STEADY)


@pytest.mark.parametrize(
    ("halves", "word"),
    [
        (replace(STEADY, level=(40.0, 60.0)), "level"),
        (replace(STEADY, ended=(600, 300)), "ended"),
        (replace(STEADY, latency=([0.2] * 50, [0.4 + number / 1000 for number in range(50)])), "median latency"),
    ],
)
def test_what_drifts_is_named(halves: Halves, word: str) -> None:
    assert word in drift(halves)


@pytest.mark.parametrize(
    "halves",
    [
        replace(STEADY, level=(2.0, 2.9)),
        replace(STEADY, ended=(60, 120)),
        replace(STEADY, ended=(3, 7)),
        replace(STEADY, latency=([0.2] * 3, [0.9] * 3)),
        replace(STEADY, latency=([0.002] * 50, [0.004] * 50)),
        replace(STEADY, ended=(0, 0), latency=([], [])),
    ],
    ids=["part of a stream", "one wave", "few", "too few to tell", "some milliseconds", "nothing"],
)
def test_small_or_chance_differences_are_no_drift(halves: Halves) -> None:
    assert not drift(halves)


def test_halves_of_one_distribution_are_seldom_called_a_drift() -> None:
    drifting = 0
    for seed in range(500):
        chance = random.Random(seed)  # noqa: S311 - reproducible values
        both = tuple([chance.lognormvariate(-1.6, 0.6) for _ in range(40)] for _half in range(2))
        drifting += bool(drift(replace(STEADY, latency=(both[0], both[1]))))
    assert drifting <= 5


def test_the_level_of_starts_by_chance_is_a_matter_of_chance() -> None:
    few = Halves(level=(8.6, 7.37), ended=(20, 22), latency=([], []), scheduled=True)
    assert drift(few) == ""
    assert "the level went from" in drift(replace(few, scheduled=False))
    many = Halves(level=(800.0, 1200.0), ended=(2000, 2100), latency=([], []), scheduled=True)
    assert "the level went from" in drift(many)
