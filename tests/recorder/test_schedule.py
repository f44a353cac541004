"""Which scenarios run, in which order, and what becomes of those that do not."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import anyio
import pytest

from chatproof.config import Auth
from chatproof.config.problems import ConfigError
from chatproof.failure import NotClaimed, NotTestable
from chatproof.recorder import OUT_OF_TIME, record, record_async
from chatproof.recorder.events import ControlJudged, Event, ExchangeFinished, ScenarioFinished, ScenarioStarted
from chatproof.recording import End, Recording
from support.raw_server import Peer, config, control, each_request, post, run_all, scenario, scenario_set, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Driver
    from support.raw_server import Server

    Serve = Callable[..., Server]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(each_request(turn))


async def nothing(_driver: Driver) -> None:
    pass


def test_the_control_first_then_side_by_side_then_alone_then_last(server: Server) -> None:
    told: list[str] = []

    def noting(name: str) -> Callable[[Driver], object]:
        async def run(driver: Driver) -> None:
            told.append(f"{name} begins")
            await driver.send("turn", post(driver))
            told.append(f"{name} ends")

        return run

    arrived: list[str] = []

    async def meet(driver: Driver) -> None:
        arrived.append("one")
        with anyio.fail_after(5):
            while len(arrived) < 2:  # noqa: ASYNC110 - the rendezvous of two scenarios that know nothing of each other
                await anyio.sleep(0.005)
        await noting("side by side")(driver)  # type: ignore[misc]  # it is awaitable

    done = run_all(
        config(server.url),
        scenario("z", noting("last"), last=True),  # type: ignore[arg-type]  # it is awaitable
        scenario("a", noting("alone a"), alone=True),  # type: ignore[arg-type]  # it is awaitable
        scenario("b", noting("alone b"), alone=True),  # type: ignore[arg-type]  # it is awaitable
        scenario("m", meet),
        scenario("n", meet),
    )
    assert done.errors == []
    assert sorted(told[:4]) == ["side by side begins"] * 2 + ["side by side ends"] * 2
    assert told[4:] == ["alone a begins", "alone a ends", "alone b begins", "alone b ends", "last begins", "last ends"]


def test_only_what_is_needed_runs_and_the_control(server: Server) -> None:
    known = scenario_set(scenario("turn", control), scenario("a", control), scenario("b", control))
    done = record(known, ["a"], config(server.url))
    assert sorted(done.recordings) == ["a", "turn"]
    assert record(known, [], config(server.url)).recordings == {}


def test_after_a_control_turn_that_did_not_work_nothing_is_sent(serve: Serve) -> None:
    broken = serve(each_request(lambda peer, _request: peer.send(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")))
    told: list[Event] = []
    done = run_all(
        config(broken.url), scenario("other", control), scenario("after", control, last=True), listener=told.append
    )
    reason = "the control turn was answered with status 500"
    assert done.recordings["turn"]["turn"].status == 500
    assert [done.recordings[name].not_testable for name in ("other", "after")] == [reason, reason]
    assert len(broken.requests) == 1
    assert [(event.open, event.reason) for event in told if isinstance(event, ControlJudged)] == [(False, reason)]


def test_what_is_not_declared_is_not_claimed_and_not_sent(server: Server) -> None:
    done = run_all(config(server.url), scenario("long_turn", control, means=("long_turn",)))
    left = done.recordings["long_turn"]
    assert left.not_claimed == "no long turn is declared"
    assert "long_turn = " in left.declare
    assert len(server.requests) == 1


def test_slow_scenarios_run_only_when_asked_for(server: Server) -> None:
    slow = scenario("slow", control, slow=lambda _settings: True)
    assert (
        run_all(config(server.url), slow).recordings["slow"].not_claimed
        == "`slow` waits longer than 60 s; `--slow` runs it"
    )
    assert run_all(config(server.url), slow, slow=True).recordings["slow"].not_claimed == ""


def test_a_scenario_may_say_that_it_is_not_claimed_or_not_testable(server: Server) -> None:
    async def says_not_claimed(driver: Driver) -> None:
        driver.not_claimed("too slow", declare="--slow")

    async def raises_not_claimed(_driver: Driver) -> None:
        raise NotClaimed("no key", declare="key = 1")

    async def says_not_testable(driver: Driver) -> None:
        driver.not_testable("no token")
        driver.not_testable("something else")

    async def raises_not_testable(_driver: Driver) -> None:
        raise NotTestable("no session")

    done = run_all(
        config(server.url),
        *(
            scenario(run.__name__, run)
            for run in (says_not_claimed, raises_not_claimed, says_not_testable, raises_not_testable)
        ),
    )
    outcomes = {name: (kept.not_claimed, kept.declare, kept.not_testable) for name, kept in done.recordings.items()}
    assert outcomes["says_not_claimed"] == ("too slow", "--slow", "")
    assert outcomes["raises_not_claimed"] == ("no key", "key = 1", "")
    assert outcomes["says_not_testable"] == ("", "", "no token")
    assert outcomes["raises_not_testable"] == ("", "", "no session")
    assert done.errors == []


def test_a_scenario_that_breaks_is_an_error_of_ours(server: Server) -> None:
    async def breaks(driver: Driver) -> None:
        await driver.send("turn", post(driver))
        async with anyio.create_task_group():
            raise RuntimeError(f"leaks {driver.tokens.raw()}\nin two lines")

    auth = Auth(scheme="bearer", token="canary-token-0123456789")
    done = run_all(config(server.url, auth=auth), scenario("breaks", breaks), scenario("fine", control))
    kept = done.recordings["breaks"]
    assert kept.not_testable.startswith(
        "chatproof failed in scenario breaks: RuntimeError: leaks <secret:1 len=23> in two lines ("
    )
    assert len(kept.exchanges) == 1
    assert done.errors == ["scenario ai-chat/breaks: " + kept.not_testable.partition("breaks: ")[2]]
    assert done.recordings["fine"].not_testable == ""


def test_a_label_is_used_once(server: Server) -> None:
    async def twice(driver: Driver) -> None:
        await driver.send("turn", post(driver))
        assert driver.recorded("turn").status == 200
        await driver.send("turn", post(driver))

    done = run_all(config(server.url), scenario("twice", twice))
    assert "the label 'turn' is used twice" in done.errors[0]


def test_findings_are_json_without_secrets(server: Server) -> None:
    async def run(driver: Driver) -> None:
        driver.finding("said", {"list": (1, "canary-token-0123456789")})
        with pytest.raises(TypeError):
            driver.finding("bad", object())

    auth = Auth(scheme="bearer", token="canary-token-0123456789")
    kept = run_all(config(server.url, auth=auth), scenario("f", run)).recordings["f"]
    assert kept.findings["said"] == {"list": [1, "<secret:1 len=23>"]}


def hanging(peer: Peer) -> None:
    """A turn, and for every connection after the first an answer that does not end."""
    request = peer.request()
    if peer.number == 1:
        turn(peer, request)
    else:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    peer.wait_for_close()


def test_max_seconds_ends_the_run(serve: Serve) -> None:
    done = run_all(
        config(serve(hanging).url), scenario("hangs", control), scenario("later", control, alone=True), max_seconds=2.0
    )
    assert done.recordings["turn"].not_testable == ""
    assert {done.recordings[name].not_testable for name in ("hangs", "later")} == {OUT_OF_TIME}
    cut = done.recordings["hangs"]["turn"]
    assert (cut.status, cut.body, cut.end) == (200, b"data: 1\n\n", End.ABORTED)
    assert cut.trouble == "we stopped before the answer was over"


@pytest.mark.anyio
async def test_a_cancellation_leaves_what_was_recorded(serve: Serve) -> None:
    into: dict[str, Recording] = {}
    url = serve(hanging).url
    known = scenario_set(scenario("turn", control), scenario("hangs", control))

    def listener(event: Event) -> None:
        if isinstance(event, ScenarioStarted) and event.scenario == "hangs":
            scope.cancel()

    with anyio.CancelScope() as scope:
        await record_async(known, ["hangs"], config(url), listener=listener, into=into)
    assert into["turn"]["turn"].status == 200
    assert into["hangs"].not_testable == "interrupted"


def test_ctrl_c_leaves_what_was_recorded(server: Server, tmp_path: object) -> None:
    program = textwrap.dedent(
        """
        import signal, sys, os
        import anyio
        from chatproof.config import AiChat, Backend, Config
        from chatproof.recorder import record
        from chatproof.recording import Request
        from chatproof.scenario import Cost, Scenario, ScenarioSet

        async def turn(driver):
            await driver.send("turn", Request(method="GET", url=driver.config.backend.url))

        async def interrupts(driver):
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep(60)

        cost = lambda config, settings, examples: Cost()
        known = {run.__name__: Scenario(name=run.__name__, run=run, cost=cost) for run in (turn, interrupts)}
        config = Config(backend=Backend(url=sys.argv[1]), profiles={"ai-chat": AiChat()})
        into = {}
        try:
            record(ScenarioSet("ai-chat", "turn", known), list(known), config, into=into)
        except KeyboardInterrupt:
            print(into["turn"]["turn"].status, into["interrupts"].not_testable)
        """
    )
    line = [sys.executable, "-I", "-c", program, server.url]
    done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False, cwd=str(tmp_path))
    assert (done.stdout, done.stderr) == ("200 interrupted\n", "")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_runs_in_a_thread_too(server: Server) -> None:
    kept: list[Recording] = []

    def run() -> None:
        kept.append(run_all(config(server.url)).recordings["turn"])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert [recording["turn"].status for recording in kept] == [200]


@pytest.mark.anyio
async def test_several_backends_at_once(serve: Serve) -> None:
    servers = [serve(each_request(turn)) for _ in range(3)]
    into: list[dict[str, Recording]] = [{} for _ in servers]
    known = scenario_set(scenario("turn", control))
    async with anyio.create_task_group() as tasks:
        for server, kept in zip(servers, into, strict=True):
            auth = Auth(scheme="bearer", token=f"canary-of-{server.port}")

            async def run(settings: object = config(server.url, auth=auth), kept: dict[str, Recording] = kept) -> None:
                await record_async(known, ["turn"], settings, into=kept)  # type: ignore[arg-type]  # a default's type

            tasks.start_soon(run)
    assert [kept["turn"]["turn"].status for kept in into] == [200, 200, 200]
    assert {kept["turn"]["turn"].request.header("authorization") for kept in into} == {"Bearer <secret:1 len=15>"}


def test_the_listener_is_told(server: Server) -> None:
    told: list[Event] = []
    run_all(config(server.url), scenario("empty", nothing), listener=told.append)
    started = [(event.scenario, event.index, event.of) for event in told if isinstance(event, ScenarioStarted)]
    assert started == [("turn", 1, 2), ("empty", 2, 2)]
    assert [event for event in told if isinstance(event, ExchangeFinished)] == [
        ExchangeFinished(profile="ai-chat", scenario="turn", label="turn", status=200, end="terminal chunk")
    ]
    finished = [(event.scenario, event.exchanges, event.note) for event in told if isinstance(event, ScenarioFinished)]
    assert finished == [("turn", 1, ""), ("empty", 0, "")]


def test_a_credential_that_cannot_be_had_stops_everything(server: Server) -> None:
    settings = config(server.url, auth=Auth(scheme="command", command="false"))
    with pytest.raises(ConfigError, match="exit status 1"):
        run_all(settings)
    assert server.peers == []
