from __future__ import annotations

import re
from collections import Counter

import pytest

from chatproof.catalogue import Catalogue, UnknownSelectorError, catalogue
from chatproof.config import PROFILES
from chatproof.loading import scenario_set
from chatproof.means import means_named
from chatproof.requirement import Requirement
from chatproof.scenario import CONTROL, EVERY

KNOWN = catalogue()


def test_every_id_follows_one_form() -> None:
    names = [*KNOWN.requirements, *KNOWN.aliases, *KNOWN.excluded]

    assert [name for name in names if not re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+){1,2}", name)] == []


def test_no_name_means_two_things() -> None:
    names = Counter([*KNOWN.requirements, *KNOWN.excluded])
    names.update(alias for entry in KNOWN.requirements.values() for alias in entry.aliases)

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("entry", KNOWN.requirements.values(), ids=lambda entry: entry.id)
def test_a_requirement_is_told_in_full(entry: object) -> None:
    for part in (entry.statement, entry.why, entry.example, entry.remedy["any"]):  # type: ignore[attr-defined]  # pytest passes requirements
        assert len(part.strip()) > 3
    assert entry.sources  # type: ignore[attr-defined]  # as above
    assert entry.statement.endswith(".")  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize("entry", KNOWN.requirements.values(), ids=lambda entry: entry.id)
def test_its_scenarios_and_means_exist(entry: Requirement) -> None:
    holding = [profile for profile in PROFILES if entry.applies_to(profile, scenario_set(profile).names)]
    known = {name for profile in holding for name in scenario_set(profile).names}

    assert holding
    assert [name for name in entry.optional if name not in known] == []
    assert all(means_named(name, *(PROFILES[profile] for profile in holding)) for name in entry.means)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_scenario_is_read_by_some_requirement(profile: str) -> None:
    known = scenario_set(profile)
    holding = [entry for entry in KNOWN.requirements.values() if entry.applies_to(profile, known.names)]
    read = {name for entry in holding for name in entry.reads}

    assert sorted(set(known.scenarios) - known.resolve((read | {CONTROL}) - {EVERY})) == []


def test_no_selector_chooses_all() -> None:
    assert KNOWN.select(()) == frozenset(KNOWN.requirements)


@pytest.mark.parametrize(
    ("selector", "some", "none"),
    [
        ("SSE-TYPE-01", {"SSE-TYPE-01"}, {"SSE-TYPE-02"}),
        ("sse-type-01", {"SSE-TYPE-01"}, {"SSE-TYPE-02"}),
        ("AICHAT-HDR-01", {"SSE-TYPE-01"}, {"AICHAT-HDR-03"}),
        ("SSE", {"SSE-TYPE-01", "SSE-BUF-01"}, {"AICHAT-HDR-03"}),
        ("AICHAT-HDR", {"AICHAT-HDR-03", "SSE-TYPE-01"}, {"AICHAT-VAL-01"}),
        ("AICHAT-HDR-", {"AICHAT-HDR-03"}, {"AICHAT-VAL-01"}),
    ],
)
def test_a_selector_is_an_id_an_alias_or_a_prefix(selector: str, some: set[str], none: set[str]) -> None:
    chosen = KNOWN.select([selector])

    assert some <= chosen
    assert not none & chosen


@pytest.mark.parametrize(("wrong", "closest"), [("SSE-TIPE", "SSE-TYPE"), ("AICHAT-HRD-03", "AICHAT-HDR-03")])
def test_a_selector_that_matches_nothing_names_the_closest(wrong: str, closest: str) -> None:
    with pytest.raises(UnknownSelectorError, match=wrong) as caught:
        KNOWN.select([wrong])

    assert caught.value.closest == closest


def test_half_a_word_is_no_prefix() -> None:
    with pytest.raises(UnknownSelectorError):
        Catalogue(requirements=KNOWN.requirements, excluded={}).select(["SS"])
