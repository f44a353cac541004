"""Several profiles of one backend: one after another, with what uses instances of its own beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from chatproof.config import AiChat, Config
from chatproof.recorder import Job, plan, record_profiles
from support.raw_server import config, control, each_request, post, scenario, scenario_set, turn

if TYPE_CHECKING:
    from chatproof.driver import Driver
    from chatproof.scenario import Scenario, ScenarioSet
    from support.raw_server import Server

    Serve = Callable[..., Server]
    Run = Callable[[Driver], Awaitable[None]]

pytestmark = pytest.mark.anyio
PROFILES = ("ai-chat", "hybrid")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def two(serve: Serve) -> Config:
    """Two profiles of one backend, which can be told a port."""
    settings = config(serve(each_request(turn)).url, port_variable="PORT")
    return replace(settings, profiles=dict.fromkeys(PROFILES, AiChat(turn_timeout=10.0)))


def jobs(*scenarios: Scenario) -> list[Job]:
    """The same scenarios for both profiles, beside a control."""
    every = {"turn": scenario("turn", control), **{one.name: one for one in scenarios}}
    known: list[ScenarioSet] = [replace(scenario_set(*every.values()), profile=profile) for profile in PROFILES]
    return [Job(scenario_set=each, needed=[one.name for one in scenarios]) for each in known]


def noting(told: list[str], name: str) -> Run:
    async def run(driver: Driver) -> None:
        told.append(f"{driver.profile} {name}")
        await driver.send("turn", post(driver))

    return run


async def test_one_profile_after_another_and_health_at_the_end(two: Config) -> None:
    told: list[str] = []
    wanted = jobs(
        scenario("a", noting(told, "together")),
        scenario("b", noting(told, "alone"), alone=True),
        scenario("z", noting(told, "last"), last=True),
    )

    assert await record_profiles(wanted, two) == []

    assert told == [
        *("ai-chat together", "ai-chat alone", "hybrid together", "hybrid alone"),
        *("ai-chat last", "hybrid last"),
    ]
    assert [sorted(job.into) for job in wanted] == [["a", "b", "turn", "z"]] * 2


async def test_instances_go_on_beside_and_what_is_alone_waits_for_those_of_its_profile(two: Config) -> None:
    told: list[str] = []
    seen = anyio.Event()

    async def instance(driver: Driver) -> None:
        with anyio.fail_after(5):
            await seen.wait()
        told.append(f"{driver.profile} beside is over")

    async def together(driver: Driver) -> None:
        told.append(f"{driver.profile} together")
        seen.set()

    wanted = jobs(
        scenario("a", together),
        scenario("b", instance, beside=True),
        scenario("c", noting(told, "alone"), alone=True),
    )

    assert await record_profiles(wanted, two) == []

    assert told[0] == "ai-chat together"
    for profile in PROFILES:
        assert told.index(f"{profile} beside is over") < told.index(f"{profile} alone")


async def test_a_profile_whose_control_fails_leaves_the_others_alone(two: Config) -> None:
    async def picky(driver: Driver) -> None:
        if driver.profile == "ai-chat":
            driver.not_testable("no")
            return
        await control(driver)

    wanted = jobs(scenario("turn", picky), scenario("a", control))

    assert await record_profiles(wanted, two) == []

    assert [job.into["a"].not_testable for job in wanted] == ["no", ""]


def test_without_a_port_an_instance_takes_the_place_of_the_backend_and_runs_alone(two: Config) -> None:
    known = scenario_set(scenario("turn", control), scenario("a", control, beside=True))
    other = replace(two, backend=replace(two.backend, port_variable=""))

    beside = plan(known, ["a"], two, slow=False, fuzz_examples=0)
    alone = plan(known, ["a"], other, slow=False, fuzz_examples=0)

    assert [len(found.beside) for found in (beside, alone)] == [1, 0]
    assert [len(found.alone) for found in (beside, alone)] == [0, 1]
    assert beside.requests == alone.requests
