"""Run documents of every outcome, and the golden files that reports are compared with."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support import load_documents, load_extremes, run_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.run import Run


@pytest.fixture
def faulty_run() -> Run:
    """Ninety requirements, five of them not met."""
    return run_documents.faulty_run()


@pytest.fixture
def hostile_run() -> Run:
    """A backend that sends markup, escape sequences, workflow commands and a line of a megabyte."""
    return run_documents.hostile_run()


@pytest.fixture
def stale_run(faulty_run: Run) -> Run:
    """Everything met, and a waiver that is no longer needed."""
    state = replace(faulty_run.waivers[0], state="stale", message="it is met: delete the entry on line 12")
    verdicts = tuple(replace(entry, verdict="met") for entry in faulty_run.verdicts)
    return replace(faulty_run, verdicts=verdicts, waivers=(state,), evidence={}, exit_reason="1 waiver to delete")


@pytest.fixture
def bare_run(faulty_run: Run) -> Run:
    """Verdicts that say no more than they must, on two profiles."""
    plain = replace(faulty_run.verdicts[0], why="", sources=(), aliases=())
    verdicts = (
        replace(plain, requirement="B-01", verdict="not_met", found="a", expected=""),
        replace(plain, requirement="B-02", verdict="not_met", found="a", expected="b", evidence="ai-chat/gone/turn"),
        replace(plain, requirement="B-03", verdict="not_claimed", reason="cors is `none`"),
        replace(plain, requirement="B-04", verdict="waived", reason="known"),
        replace(plain, requirement="B-04", verdict="not_testable", reason="no `done`", profile="chatkit", level="MAY"),
        replace(plain, requirement="B-05", verdict="waived", reason="known", waiver={"owner": "me", "reason": ""}),
    )
    silent = replace(
        faulty_run.evidence["ai-chat/turn/turn"],
        status=None,
        headers=(),
        head_seconds=None,
        frames=(),
        frames_left_out=7,
        request_body="",
        trouble="connection refused",
        end="no answer",
        ended_seconds=0.0,
    )
    states = tuple(replace(faulty_run.waivers[0], state=state) for state in ("not_judged", "expired"))
    return replace(
        faulty_run,
        profiles=("ai-chat", "chatkit"),
        backend={},
        verdicts=verdicts,
        evidence={"ai-chat/turn/turn": silent},
        waivers=states,
        not_selected=0,
        strict=True,
        plan=None,
        gate={"chatkit": {"reason": "no `done`"}},
    )


@pytest.fixture
def empty_run(faulty_run: Run) -> Run:
    """Nothing was selected."""
    return replace(
        faulty_run,
        verdicts=(),
        evidence={},
        waivers=(),
        scenarios=(),
        plan=None,
        exit_code=3,
        exit_reason="nothing was judged",
    )


@pytest.fixture
def crashed_run(empty_run: Run) -> Run:
    """chatproof itself failed before anything was judged."""
    return replace(
        empty_run, crash="KeyError: 'turn'", exit_code=4, exit_reason="chatproof itself failed: KeyError: 'turn'"
    )


@pytest.fixture
def gated_run(faulty_run: Run) -> Run:
    """The control turn got no answer: nothing is testable."""
    reason = "the control turn got no answer: connection refused"
    verdicts = tuple(
        replace(
            entry,
            verdict="not_testable",
            reason=reason,
            found="",
            expected="",
            remedy="",
            evidence="",
            curl="",
            declare="",
        )
        for entry in faulty_run.verdicts
    )
    gate = {"ai-chat": {"reason": reason, "hint": "is the backend running at http://127.0.0.1:3000?"}}
    return replace(
        faulty_run, verdicts=verdicts, gate=gate, evidence={}, waivers=(), exit_code=3, exit_reason=f"ai-chat: {reason}"
    )


@pytest.fixture
def interrupted_run(gated_run: Run) -> Run:
    """Ctrl-C in the middle of the recording."""
    return replace(gated_run, gate={}, interrupted=True, exit_code=130, exit_reason="interrupted")


RUNS = ("faulty", "bare", "stale", "hostile", "empty", "crashed", "gated", "interrupted")


@pytest.fixture(params=RUNS)
def any_run(request: pytest.FixtureRequest) -> Run:
    """Each of the runs in turn."""
    run: Run = request.getfixturevalue(f"{request.param}_run")
    return run


@pytest.fixture
def load_run() -> Run:
    """A load run with targets of every verdict."""
    return load_documents.load_run_document()


@pytest.fixture
def invalid_run() -> Run:
    """A load run whose generator was too slow."""
    return load_documents.load_run_document(invalid=True)


@pytest.fixture
def partial_run() -> Run:
    """A load run that was interrupted."""
    return load_documents.load_run_document(partial=True)


@pytest.fixture
def unseen_run() -> Run:
    """A load run that measured nothing."""
    return load_documents.load_run_document(empty=True)


@pytest.fixture
def kept_run(load_run: Run) -> Run:
    """A load run that meets all of its targets."""
    met = tuple(replace(entry, verdict="met") for entry in load_run.targets if entry.value is not None)
    return replace(load_run, targets=met, exit_code=0, exit_reason="every target is met")


@pytest.fixture
def unjudged_run(load_run: Run) -> Run:
    """A load run that ended by a defect of chatproof before anything was judged."""
    assert load_run.load is not None
    bare = replace(load_run.load, figures=(), charts=(), errors=(), processes=(), machine={}, verify=None, samples=0)
    return replace(
        load_run,
        targets=(),
        validity=None,
        load=replace(bare, plan={}, notes=(), left_out=()),
        crash="KeyError: 'turn'",
        exit_code=4,
        exit_reason="chatproof itself failed: KeyError: 'turn'",
    )


@pytest.fixture
def hostile_load_run() -> Run:
    """A load run in which every text is hostile."""
    return load_extremes.hostile_load_run()


LOAD_RUNS = ("load", "invalid", "partial", "unseen", "kept", "unjudged", "hostile_load")


@pytest.fixture(params=LOAD_RUNS)
def any_load_run(request: pytest.FixtureRequest) -> Run:
    """Each of the load runs in turn."""
    run: Run = request.getfixturevalue(f"{request.param}_run")
    return run


@pytest.fixture
def snapshot() -> Callable[[str, str], None]:
    """Compares a text with a golden file; `CHATPROOF_UPDATE_SNAPSHOTS=1` writes it anew."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "snapshots" / name
        if os.environ.get("CHATPROOF_UPDATE_SNAPSHOTS"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode("utf-8", errors="backslashreplace"))
        assert path.read_bytes().decode("utf-8") == text

    return compare
