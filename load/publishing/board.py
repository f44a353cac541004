"""
What a process knows of the messages of a run, and how all processes come to know it.

The publisher lives in the first process. When a message's request is answered it sends a word on it to the master (a
Locust message), which passes it on to every worker. An arrival needs no such word: the mark in the message says which
it is and when it was sent. The word says which messages are owed, those among them that nobody got too.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chatproof.samples.records import Mark

from ..ledger import Ledger, Publication
from .publisher import Publisher

if TYPE_CHECKING:
    from ..runtime.context import RunContext

__all__ = ["Board", "board_of", "listen_to_publisher"]

_WORD = "chatproof-published"
_DEADLINE_SECONDS = 5.0
_DEADLINE_SHARE = 0.25


class Board:
    """The ledger of one process in one run, and its publisher where the process is the one that has it."""

    def __init__(self, run: RunContext, environment: Any) -> None:
        plan, recorder = run.plan, run.recorder
        seconds = min(_DEADLINE_SECONDS, _DEADLINE_SHARE * plan.run_time_seconds)
        self.ledger = Ledger(
            run=f"{recorder.clock.started_at_ns:x}", deadline_ns=int(seconds * 1e9), warm_up_ns=recorder.warm_up_ns
        )
        self._run = run
        self._environment = environment
        self._started: set[str] = set()
        self._noted: set[str] = set()

    @property
    def publishes(self) -> bool:
        """Whether the configuration declares how a message is published."""
        settings = self._run.settings_of("agent-stream")
        return settings is not None and settings.publish is not None

    def ensure_publisher(self, workload: str) -> None:
        """Starts the publisher, once, where this process is the one that has it."""
        if "publisher" not in self._started and self._run.worker == 0 and self.publishes:
            self._publisher(workload).publish()
        self._started.add("publisher")

    def ensure_generator(self, workload: str) -> None:
        """Has messages generated now and then, started once, in the same process."""
        if "generator" not in self._started and self._run.worker == 0:
            self._publisher(workload).generate()
        self._started.add("generator")

    def publish_word(self, publication: Publication) -> None:
        """Notes what became of a message here, and tells the other processes."""
        self.ledger.publications.tell(publication)
        runner = self._environment.runner
        if isinstance(runner, _runners().WorkerRunner):
            runner.send_message(_WORD, _as_word(publication, self.ledger.run))

    def _publisher(self, workload: str) -> Publisher:
        return Publisher(self._run, run_name=self.ledger.run, tell=self.publish_word, workload=workload)

    def hear(self, word: Any) -> None:
        """Notes the publisher's word; one of another run is none of ours."""
        if word["run"] == self.ledger.run:
            fields = {name: word[name] for name in _FIELDS}
            self.ledger.publications.tell(Publication(**fields))

    def note(self, detail: str) -> None:
        """Records a sentence for the reader, once in a run."""
        if detail not in self._noted and self._run.worker == 0:
            recorder = self._run.recorder
            recorder.add(Mark(what="note", at_ns=recorder.now_ns(), process=recorder.process, detail=detail))
        self._noted.add(detail)


_FIELDS = ("publisher", "number", "published_ns", "acknowledged_ns", "failed")
_BOARDS: dict[RunContext, Board] = {}


def board_of(run: RunContext, environment: Any) -> Board:
    """The board of a run in this process; those of earlier runs are forgotten."""
    found = _BOARDS.get(run)
    if found is None:
        _BOARDS.clear()
        found = _BOARDS[run] = Board(run, environment)
    return found


def listen_to_publisher(environment: Any, **_: Any) -> None:
    """Has the master pass on the publisher's word, and workers hear it; a listener of Locust's `init` event."""
    runner = environment.runner

    def pass_on(environment: Any, msg: Any, **_: Any) -> None:
        environment.runner.send_message(_WORD, msg.data)

    def heard(environment: Any, msg: Any, **_: Any) -> None:  # noqa: ARG001 - Locust calls it by names
        for board in tuple(_BOARDS.values()):
            board.hear(msg.data)

    if _WORD in runner.custom_messages:  # two workloads of a mixed load ask for the same
        return
    if isinstance(runner, _runners().MasterRunner):
        runner.register_message(_WORD, pass_on)
    elif isinstance(runner, _runners().WorkerRunner):
        runner.register_message(_WORD, heard)


def _runners() -> Any:
    """Locust's runners; Locust patches the process as it is imported, so whoever imports this need not have it."""
    return importlib.import_module("locust.runners")


def _as_word(publication: Publication, run: str) -> dict[str, Any]:
    return {"run": run, **{name: getattr(publication, name) for name in _FIELDS}}
