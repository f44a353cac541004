"""Searches with real loads, each as short as can be: how they end before their end, and what they leave behind."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Any

import pytest

from chatproof.capacity.calm import calmed
from chatproof.capacity.scale import scale_of
from chatproof.capacity.search import Ended, Span, Step
from chatproof.capacity.seeking import Seeking, Sought, sought
from chatproof.capacity.watch import Watch, means_of, watching
from chatproof.capacity.weighing import Weighed
from chatproof.config import from_table
from chatproof.config.load_keys import Observe
from chatproof.fixtures.limits import Limit, LimitedServer
from chatproof.load_plan import Plan
from chatproof.load_run.run import LoadRun
from chatproof.targets import parse_target

HELD = Limit(kind="none", hold_seconds=0.1)


def seeking(url: str, *, start: float = 6.0, **more: Any) -> Seeking:
    tables = {"backend": {"url": url}, "auth": {"scheme": "none"}, "profiles": {"ai-chat": {}}}
    values: dict[str, Any] = {
        "config": from_table(tables, origin="test"),
        "config_source": {"tables": tables, "profiles": ["ai-chat"], "origin": "test"},
        "workload": "chat-turns",
        "profile": "ai-chat",
        "scale": scale_of("chat-turns", rate=False),
        "targets": (parse_target("error_rate", "< 20%"),),
        "span": Span(start=start, most=64.0),
        "rung_seconds": 1.0,
        "most_rungs": 10,
        "max_seconds": 60.0,
        "calm_seconds": 0.3,
    }
    return Seeking(**values | more)


class Listener:
    """Keeps what it is told; `at_end` and `on_turn` are done then."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, Step, Plan]] = []
        self.ended: list[Weighed] = []
        self.runs: list[LoadRun] = []

    def begins(self, number: int, step: Step, plan: Plan) -> None:
        self.begun.append((number, step, plan))

    def goes_on(self, run: LoadRun) -> None:
        if run not in self.runs:
            self.runs.append(run)

    def ends(self, found: Weighed) -> None:
        self.ended.append(found)


def searched(wanted: Seeking, listener: Listener) -> Sought:
    return sought(wanted, watch=Watch(None), hearing=listener)


def test_a_bound_on_rungs_ends_it_with_what_is_known() -> None:
    listener = Listener()
    with LimitedServer(HELD) as server:
        found = searched(seeking(server.url, most_rungs=2), listener)
    assert found.ended is None
    assert "after 2 rungs" in found.reason
    assert [entry.rung.level for entry in found.rungs] == [step.level for _number, step, _plan in listener.begun]
    assert listener.ended == found.rungs
    first = found.rungs[0]
    assert first.spent.turns >= first.spent.whole > 0
    assert first.rung.level == 6.0


def test_a_bound_on_turns_ends_it_in_mid_rung() -> None:
    with LimitedServer(HELD) as server:
        found = searched(seeking(server.url, max_turns=5), Listener())
    assert found.reason == "the turns of --max-turns (5) are spent"
    assert found.rungs == []
    assert "Rung 1 (6) did not come to its end, and is not judged." in found.notes


def test_a_bound_on_time_allows_no_rung_that_would_not_fit() -> None:
    found = searched(seeking("http://127.0.0.1:1", max_seconds=2.0), Listener())
    assert "the 2 s of --max-time do not suffice for another rung" in found.reason


def test_ctrl_c_keeps_the_rungs_so_far() -> None:
    class Interrupting(Listener):
        def goes_on(self, run: LoadRun) -> None:
            super().goes_on(run)
            if self.ended and not run.ending:
                signal.raise_signal(signal.SIGINT)

    with LimitedServer(HELD) as server:
        listener = Interrupting()
        found = searched(seeking(server.url), listener)
    assert (found.interrupted, found.killed, found.crash) == (True, False, "")
    assert found.rungs == listener.ended
    assert len(found.rungs) == 1
    assert found.reason == "it was interrupted"


def test_a_backend_that_dies_leaves_the_search_unfinished() -> None:
    with LimitedServer(HELD) as server:

        class Killing(Listener):
            def ends(self, found: Weighed) -> None:
                super().ends(found)
                server.kill()

        found = searched(seeking(server.url), Killing())
    assert found.ended is None
    assert found.reason.startswith("the backend does not answer any more after rung 1 (6): ")
    assert len(found.rungs) == 1


def test_a_rung_in_which_the_backend_dies_says_nothing_of_what_it_holds() -> None:
    with LimitedServer(HELD) as server:

        class Killing(Listener):
            def goes_on(self, run: LoadRun) -> None:
                super().goes_on(run)
                server.kill()

        listener = Killing()
        found = searched(seeking(server.url), listener)
    assert [entry.rung.verdict for entry in listener.ended] in (["breaks"], ["invalid"])
    (one,) = found.rungs
    assert one.rung.verdict in {"unclear", "invalid"}
    assert one.rung.limiting == ()
    assert (found.ended, found.gone) == (None, True)


def test_a_generator_that_fails_is_a_crash_of_ours() -> None:
    with LimitedServer(HELD) as server:
        broken = replace(seeking(server.url), config_source={"tables": {"backend": 7}})
        found = searched(broken, Listener())
    assert "the load generator failed" in found.crash
    assert found.rungs == []


def test_users_who_are_refused_wait_before_they_try_again() -> None:
    with LimitedServer(Limit(kind="refuse", places=1, hold_seconds=0.2)) as server:
        found = searched(seeking(server.url, start=8.0, most_rungs=1), Listener())
    (one,) = found.rungs
    assert one.rung.verdict in {"breaks", "invalid"}
    assert one.errors[0].cause == "status"
    assert one.spent.turns < 100, "without a pause there would be thousands"


def test_what_the_backend_used_is_seen_in_each_rung() -> None:
    with LimitedServer(HELD) as server:
        observe = Observe(pid=server.pid)
        with watching(observe, ca_file=None) as watch:
            found = sought(seeking(server.url, most_rungs=1, rung_seconds=2.5), watch=watch, hearing=Listener())
        means = means_of(observe)
    assert found.rungs[0].rung.backend["rss"] > 1e6
    assert found.rungs[0].rung.backend["open_files"] > 0
    assert means.cores
    assert means.open_files


def test_a_rung_of_streams_that_never_end_in_it_is_tried_for_longer() -> None:
    with LimitedServer(Limit(kind="none", hold_seconds=2.0, spread=0.0)) as server:
        listener = Listener()
        found = searched(seeking(server.url, most_rungs=2, start=1.0), listener)
    first, second = listener.begun
    assert found.rungs[0].rung.verdict == "unclear"
    assert second[1] == Step(1.0, "repeating")
    assert second[2].run_time_seconds == 3 * first[2].run_time_seconds


@pytest.mark.parametrize("kind", ["there", "gone", "stopped"])
def test_between_rungs_the_backend_is_waited_for(kind: str) -> None:
    stop = threading.Event()
    with LimitedServer(HELD) as server:
        backend = seeking(server.url).config.backend
        if kind == "gone":
            server.kill()
        if kind == "stopped":
            stop.set()
        held = iter([90, 40, 8])
        trouble = calmed(
            backend, seconds=10.0 if kind == "there" else 0.2, stop=stop, open_files=lambda: next(held), files_before=6
        )
    assert bool(trouble) == (kind == "gone")
    assert len(list(held)) == (0 if kind == "there" else 3)


def test_nothing_is_left_of_a_search_that_ends_well() -> None:
    with LimitedServer(HELD) as server:
        found = searched(seeking(server.url, span=Span(start=8.0, most=8.0)), Listener())
    assert isinstance(found.ended, Ended)
    assert found.ended.outcome in {"no_failure_in_range", "generator_was_the_limit"}
