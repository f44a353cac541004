"""Fuzzing: what is sent, what is kept, and that nothing else is left behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory

from chatproof.driver import LEAST_SHRINKS
from chatproof.recorder import OUT_OF_TIME
from support.raw_server import OK, Peer, config, control, each_request, post, run_all, run_one, scenario, turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Recording, Request
    from support.raw_server import Server

    Serve = Callable[..., Server]

INTEGERS = st.integers(0, 10_000)


def wrong(exchange: Exchange) -> str:
    if exchange.response is None:
        return exchange.trouble
    return f"status {exchange.status}" if exchange.status == 500 else ""


def answers(status: Callable[[Any], int]) -> Callable[[Peer, bytes], None]:
    def answer(peer: Peer, request: bytes) -> None:
        value = json.loads(request.partition(b"\r\n\r\n")[2])
        peer.send(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status(value))

    return answer


def fuzz(url: str, examples: int = 50, *, strategy: st.SearchStrategy[Any] = INTEGERS, **options: Any) -> Recording:
    async def run(driver: Driver) -> None:
        def build(value: Any) -> Request:
            return post(driver, json.dumps(value).encode())

        await driver.fuzz("number", strategy, build, options.get("wrong", wrong), examples=driver.fuzz_examples)

    return run_one(config(url, max_rps=10_000.0), run, fuzz_examples=examples)


def bodies(recording: Recording) -> list[bytes]:
    return [exchange.request.body for exchange in recording.exchanges]


def test_all_answers_are_kept_when_none_is_wrong(serve: Serve) -> None:
    server = serve(each_request(answers(lambda _value: 422)))
    recording = fuzz(server.url)
    assert recording.findings["number"] == {"examples": 50, "failing": None, "why": "", "shrinks": 0}
    assert [exchange.label for exchange in recording.exchanges] == [f"number/{number}" for number in range(1, 51)]
    assert len(set(bodies(recording))) == 50
    assert len(server.peers) == 1


def test_searches_share_the_budget_of_a_route_as_they_are_told(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        for label, examples in (("few", 3), ("many", driver.fuzz_examples - 3)):
            await driver.fuzz(label, INTEGERS, lambda value: post(driver, b"%d" % value), wrong, examples=examples)

    server = serve(each_request(answers(lambda _value: 422)))
    recording = run_one(config(server.url, max_rps=10_000.0), run, fuzz_examples=10)
    assert [recording.findings[label]["examples"] for label in ("few", "many")] == [3, 7]
    assert len(server.requests) == 10


def test_a_wrong_answer_is_shrunk(serve: Serve) -> None:
    recording = fuzz(serve(each_request(answers(lambda value: 500 if value >= 1234 else 422))).url)
    last = recording.exchanges[-1]
    assert (last.label, last.request.body, last.status) == ("number/failing", b"1234", 500)
    finding = recording.findings["number"]
    assert (finding["failing"], finding["why"]) == ("number/failing", "status 500")
    assert finding["examples"] == len(recording.exchanges) - 1
    assert 0 < finding["shrinks"] <= LEAST_SHRINKS


def test_equal_arguments_send_equal_requests_in_equal_order(serve: Serve) -> None:
    url = serve(each_request(answers(lambda value: 500 if value >= 1234 else 422))).url
    assert bodies(fuzz(url)) == bodies(fuzz(url))


def test_a_backend_that_wavers_does_not_confuse_it(serve: Serve) -> None:
    count = [0]

    def status(_value: Any) -> int:
        count[0] += 1
        return 500 if count[0] == 3 else 422

    recording = fuzz(serve(each_request(answers(status))).url)
    assert recording["number/failing"].status == 500
    assert recording.findings["number"]["examples"] == 3


def test_it_goes_on_after_the_backend_closed_the_connection(serve: Serve) -> None:
    def two_then_close(peer: Peer) -> None:
        for _ in range(2):
            peer.request()
            peer.send(OK + b"Content-Length: 0\r\n\r\n")
        peer.request()

    recording = fuzz(serve(two_then_close).url, 10)
    assert recording.findings["number"]["failing"] is None
    assert [exchange.status for exchange in recording.exchanges] == [200] * 10


def test_a_request_that_kills_the_connection_every_time_is_wrong(serve: Serve) -> None:
    def handler(peer: Peer) -> None:
        while request := peer.request():
            if int(request.partition(b"\r\n\r\n")[2]) >= 100:
                return
            peer.send(OK + b"Content-Length: 0\r\n\r\n")

    recording = fuzz(serve(handler).url)
    assert recording["number/failing"].request.body == b"100"
    assert recording.findings["number"]["why"] == "the connection was closed without an answer"


def test_shrinking_has_a_budget(serve: Serve) -> None:
    server = serve(each_request(answers(lambda value: 500 if sum(value) % 7 == 3 and len(set(value)) > 3 else 422)))
    recording = fuzz(server.url, 60, strategy=st.lists(st.integers(0, 10**9), max_size=30))
    finding = recording.findings["number"]
    assert finding["shrinks"] == 60
    assert len(server.requests) <= 60 + 60
    assert finding["failing"] == "number/failing"


def test_nothing_is_printed_or_written(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fuzz(serve(each_request(answers(lambda _value: 500))).url, 5, strategy=st.text())
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_caller_s_folder_for_hypothesis_is_put_back(serve: Serve, tmp_path: Path) -> None:
    set_hypothesis_home_dir(tmp_path)
    fuzz(serve(each_request(answers(lambda _value: 422))).url, 2)
    assert storage_directory("x").path == tmp_path / "x"
    set_hypothesis_home_dir(None)


@pytest.mark.parametrize("where", ["build", "wrong", "strategy"])
def test_what_breaks_in_a_scenario_is_an_error_of_ours(serve: Serve, where: str) -> None:
    def breaks(_value: Any) -> Any:
        raise LookupError("a bug")

    async def run(driver: Driver) -> None:
        def build(_value: Any) -> Request:
            return breaks(0) if where == "build" else post(driver)

        strategy = INTEGERS.map(breaks) if where == "strategy" else INTEGERS
        await driver.fuzz("number", strategy, build, breaks if where == "wrong" else wrong, examples=5)

    done = run_all(config(serve(each_request(turn)).url), scenario("fuzz", run))
    assert "LookupError: a bug" in done.errors[0]
    assert done.recordings["fuzz"].findings["number"]["failing"] is None


def test_an_example_may_be_turned_away(serve: Serve) -> None:
    async def run(driver: Driver) -> None:
        def build(value: int) -> Request:
            assume(value % 2 == 0)
            return post(driver, b"%d" % value)

        await driver.fuzz("even", INTEGERS, build, wrong, examples=10)

    recording = run_one(config(serve(each_request(turn)).url), run)
    assert len(recording.exchanges) == 10
    assert all(int(body) % 2 == 0 for body in bodies(recording))


def test_it_ends_with_the_run(serve: Serve) -> None:
    def hangs_at_the_third(peer: Peer, request: bytes) -> None:
        if len(peer.requests) < 3:
            turn(peer, request)
        else:
            peer.wait_for_close()

    async def run(driver: Driver) -> None:
        await driver.fuzz("number", INTEGERS, lambda value: post(driver, b"%d" % value), wrong, examples=100)

    server = serve(each_request(hangs_at_the_third))
    done = run_all(config(server.url), scenario("fuzz", run), scenario("later", control, last=True), max_seconds=2.0)
    assert done.recordings["fuzz"].not_testable == OUT_OF_TIME
    assert done.recordings["fuzz"].findings["number"]["examples"] == 2
    assert [exchange.label for exchange in done.recordings["fuzz"].exchanges] == ["number/1", "number/2", "number/3"]
    assert done.errors == []
