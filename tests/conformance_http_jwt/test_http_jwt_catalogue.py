from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.means import means_named
from chatproof.requirement import Requirement, requirement_of
from chatproof.scenario import CONTROL, EVERY
from chatproof.verdict import Level
from support.recordings import case, recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.case import Case

LEVELS = {
    "HTTP-401-01": Level.MUST,
    "HTTP-401-02": Level.SHOULD,
    "HTTP-CACHE-01": Level.MUST,
    "HTTP-CACHE-02": Level.SHOULD,
    "HTTP-CACHE-03": Level.SHOULD,
    "HTTP-FRAME-01": Level.MUST,
    "HTTP-405-01": Level.SHOULD,
    "HTTP-429-01": Level.MUST,
    "HTTP-RA-01": Level.MUST,
    "HTTP-PROB-01": Level.MAY,
    "HTTP-REDIR-01": Level.MUST,
    "JWT-ALG-01": Level.MUST,
    "JWT-SIG-01": Level.MUST,
    "JWT-EXP-01": Level.MUST,
    "JWT-NBF-01": Level.MUST,
    "JWT-AUD-01": Level.MUST,
    "JWT-NUM-01": Level.SHOULD,
    "HTTP-SECRET-01": Level.MUST,
    "JWT-KEY-01": Level.SHOULD,
}
ALIASES = {
    "AICHAT-AUTH-08": "HTTP-401-01",
    "AICHAT-HDR-02": "HTTP-CACHE-01",
    "AICHAT-VAL-13": "HTTP-405-01",
    "AICHAT-HDR-12": "HTTP-REDIR-01",
    "SSE-REDIR-01": "HTTP-REDIR-01",
    "AICHAT-AUTH-04": "JWT-ALG-01",
    "AICHAT-AUTH-02": "JWT-SIG-01",
    "AICHAT-AUTH-03": "JWT-EXP-01",
    "CHATKIT-AUTH-05": "HTTP-401-01",
    "STREAM-TOK-09": "HTTP-SECRET-01",
    "CHATKIT-SEC-01": "HTTP-SECRET-01",
}
STACKS = {
    "any",
    "fastapi",
    "starlette",
    "sse-starlette",
    "express",
    "fastify",
    "next",
    "django",
    "flask",
    "go",
    "spring",
    "nginx",
    "apache",
    "cloudflare",
}


def requirements() -> Iterator[Requirement]:
    for folder in ("http", "jwt"):
        package = importlib.import_module(f"chatproof.conformance.{folder}")
        for module in pkgutil.iter_modules(package.__path__):
            loaded = importlib.import_module(f"{package.__name__}.{module.name}")
            yield from filter(None, map(requirement_of, vars(loaded).values()))


def case_of(entry: Requirement, **absent: Any) -> Case:
    recordings: dict[str, Any] = {name: recording(name, **absent) for name in entry.scenarios}
    return case(**recordings)


# Found by the guides' own sentences, not by a standard's; what they say of absent recordings has tests of its own.
OF_GUIDES = {"HTTP-SECRET-01"}
FOUND = {entry.id: entry for entry in requirements()}


NAMED = {name: entry for name, entry in FOUND.items() if not {CONTROL, EVERY} & set(entry.scenarios)}


def test_the_catalogue_s_rows_are_there_with_their_levels_and_aliases() -> None:
    assert {identifier: entry.level for identifier, entry in FOUND.items()} == LEVELS
    assert {alias: entry.id for entry in FOUND.values() for alias in entry.aliases} == ALIASES


@pytest.mark.parametrize("entry", FOUND.values(), ids=FOUND)
def test_each_requirement_explains_itself(entry: Requirement) -> None:
    assert entry.statement.endswith(".")
    assert entry.why.endswith(".")
    assert entry.example
    assert all(
        source.section.startswith(("section ", "HTTP-redirect", "Check Response Headers"))
        for source in entry.sources
        if entry.id not in OF_GUIDES
    )
    assert entry.sources[0].url.startswith("https://") or entry.id in OF_GUIDES
    assert set(entry.remedy) <= STACKS
    assert all(means_named(name) for name in entry.means)


@pytest.mark.parametrize("entry", FOUND.values(), ids=FOUND)
def test_an_empty_recording_is_never_met(entry: Requirement) -> None:
    with pytest.raises((Failure, NotTestable, NotClaimed, KeyError)):
        entry.judge(case_of(entry))


@pytest.mark.parametrize("entry", NAMED.values(), ids=NAMED)
def test_what_was_not_recorded_is_not_testable(entry: Requirement) -> None:
    with pytest.raises(NotTestable, match="was not recorded"):
        entry.judge(case())


@pytest.mark.parametrize("entry", NAMED.values(), ids=NAMED)
def test_a_scenario_that_did_not_take_place_is_not_claimed(entry: Requirement) -> None:
    with pytest.raises(NotClaimed) as caught:
        entry.judge(case_of(entry, not_claimed="no limit is declared", declare="x = 1"))
    assert caught.value.declare == "x = 1"
