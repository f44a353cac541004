"""Faults as a user meets them: the exit code, exactly what the fault breaks, and the same again without the backend."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.commands import Command, Outcome

from chatproof.catalogue import catalogue
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm
from chatproof.verdict import Level

# Each with its exit code, and that under --strict.
CODES = {
    "wrong_media_type": (1, 1),
    "headers_not_exposed": (0, 1),
    "proxy_buffering_header": (0, 0),
}
# Long enough for a crowded machine: three checks run side by side, and silence of 1.5 intervals is a defect.
HEARTBEAT_SECONDS = 2.0
JUDGED = ("requirement", "profile", "verdict", "found", "expected", "reason", "remedy", "evidence", "offset", "curl")


@dataclass(frozen=True)
class Checked:
    """A live check of a fault, and one of its recordings made when the backend was gone."""

    live: Outcome
    replayed: Outcome


def checked(folder: Path, write_into: Callable[..., Path]) -> dict[str, Checked]:
    """All live checks side by side, then the backends stop, then the replays under --strict."""
    folders = {name: folder / name for name in CODES}
    with Farm() as farm:
        for name, own in folders.items():
            own.mkdir()
            write_into(own, site(farm, FAULTS[name], full_settings(heartbeat_seconds=HEARTBEAT_SECONDS)).file)
        live = side_by_side({name: (own, ("--fuzz", "5")) for name, own in folders.items()})
    again = ("--strict", "--replay", "chatproof-report/check", "--report-dir", "again")
    replayed = side_by_side({name: (own, again) for name, own in folders.items()})
    return {name: Checked(live[name], replayed[name]) for name in CODES}


def side_by_side(checks: dict[str, tuple[Path, tuple[str, ...]]]) -> dict[str, Outcome]:
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(Command("check", "--color", "never", *options, cwd=folder))
            for name, (folder, options) in checks.items()
        }
        return {name: command.finish() for name, command in running.items()}


def judged(run: dict[str, Any]) -> list[dict[str, Any]]:
    """What was said of each requirement, without the time that it took."""
    return [{word: entry[word] for word in JUDGED} for entry in run["verdicts"]]


def test_these_faults_break_a_must_a_should_and_a_may() -> None:
    known = catalogue().requirements
    levels = {name: {known[broken].level for broken in FAULTS[name].requirements} for name in CODES}

    assert levels["headers_not_exposed"] == {Level.SHOULD}
    assert levels["proxy_buffering_header"] == {Level.MAY}
    assert all(Level.MUST in levels[name] for name, codes in CODES.items() if codes == (1, 1))


def test_the_check_of_a_fault_names_what_it_breaks_and_again_without_the_backend(
    tmp_path: Path, write_into: Callable[..., Path]
) -> None:
    both = checked(tmp_path, write_into)

    live = {name: one.live for name, one in both.items()}
    assert {name: one.run["crash"] for name, one in live.items()} == dict.fromkeys(CODES, "")
    assert {name: one.of("not_met") for name, one in live.items()} == {
        name: sorted(FAULTS[name].requirements) for name in CODES
    }
    assert {name: (one.live.code, one.replayed.code) for name, one in both.items()} == CODES
    for name, one in live.items():
        said = " ".join(one.err.split())
        for requirement in one.of("not_met"):
            assert f"NOT MET {requirement} " in said
            assert one.entry(requirement)["found"] in said
        assert said.count("NOT MET ") == len(one.of("not_met"))
        assert ("(does not fail the run)" in said) == (CODES[name][0] == 0)
    for name, pair in both.items():
        again = pair.replayed.document("again")
        assert judged(again) == judged(live[name].run)
        assert again["strict"] is True
        assert again["exit_code"] == pair.replayed.code
        assert "replaying chatproof-report/check" in pair.replayed.err
