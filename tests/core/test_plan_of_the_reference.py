"""What a check of the reference backends sends and takes at the most: a dearer scenario is noticed here."""

from __future__ import annotations

import pytest

from chatproof.catalogue import catalogue
from chatproof.checking import Check, Options
from chatproof.cli.reference import reference_config
from chatproof.config import ConfigError
from chatproof.fixtures.references import REFERENCES

MOST_REQUESTS = 560
MOST_TURNS = 140
EXPECTED_SECONDS = 30


@pytest.mark.parametrize("profile", sorted(REFERENCES))
def test_the_plan_of_a_reference_backend_keeps_its_bounds(profile: str) -> None:
    found = reference_config(profiles=(profile,))
    config, variables = found.config, found.variables
    check = Check(config=config, options=Options())
    check.pairs = check.pairs_of(catalogue().requirements.values())

    plan = check.plans()[profile]

    assert 0 < plan.requests <= MOST_REQUESTS
    assert 0 <= plan.turns <= MOST_TURNS
    assert 0 < plan.expected_seconds <= EXPECTED_SECONDS
    assert plan.expected_seconds <= plan.seconds
    assert variables["CHATPROOF_SERVE_SECRET"] in config.server_secrets
    if profile == "ai-chat":
        assert {left.scenario for left in plan.left_out} == {"front", "front_long_turn"}


def test_all_profiles_are_checked_where_none_is_named() -> None:
    config = reference_config().config
    assert tuple(config.profiles) == tuple(REFERENCES)


def test_an_unknown_profile_is_told() -> None:
    with pytest.raises(ConfigError):
        reference_config(profiles=("ai-chatt",))
