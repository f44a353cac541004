"""`chatproof gate` as a command: what is refused, what is skipped, whole runs, and Ctrl-C in the load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.catalogue import Catalogue
from chatproof.cli import gate, run
from chatproof.cli.loading_run import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.cli.loading_run import Loading

FEW = ("CORS-PRE-01", "JWT-ALG-01")
"""What a check is cut down to here: all of them are recorded for several seconds, and are proved elsewhere."""

WITH_FEW = f"""
import sys
from chatproof.catalogue import Catalogue
from chatproof.cli import main
select = Catalogue.select
Catalogue.select = lambda known, _all: select(known, {FEW})
sys.exit(main())
"""
QUICK = ("gate", "--reference", "--profile", "stream-chat", "--color", "never")


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "chatproof-report" / "gate" / "run.json").read_text())
    return found


@pytest.mark.parametrize(
    ("arguments", "config", "said"),
    [
        (["http://192.0.2.1:3000"], "", "load is not sent to 192.0.2.1"),
        (["127.0.0.1:9", "--users", "2", "--run-time", "3s"], "", "can never decide error_rate < 1%"),
        (["127.0.0.1:9", "--run-time", "20"], "", "is not a duration"),
        (["127.0.0.1:9", "--reference"], "", "both a URL and --reference"),
        ([], "", "no backend is named"),
        (
            ["127.0.0.1:9"],
            '[targets]\nerror_rate = "off"\nearly_loss = "off"\nviolations = "off"\n"retry_rate.client" = "off"\n',
            "leave nothing of the load to judge",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    arguments: list[str], config: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "chatproof.toml").write_text(config)
    assert run(["gate", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "hint:" in told
    assert not (folder / "chatproof-report").exists()


def test_a_host_that_is_allowed_is_not_refused_for_being_foreign(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "chatproof.toml").write_text('[load]\nallow_hosts = ["192.0.2.1"]\n')
    assert run(["gate", "http://192.0.2.1:9", "--users", "1", "--run-time", "2s"]) == 2
    assert "can never decide" in capsys.readouterr().err


def test_an_unreachable_backend_is_no_verdict_and_gets_no_load(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["gate", "http://127.0.0.1:9", "--color", "never"]) == 3
    said = capsys.readouterr().err
    found = document(folder)
    assert (found["exit_code"], found["load"], found["targets"]) == (3, None, [])
    assert "no smoke load: ai-chat: " in said
    assert "at most 1000 turns" in said
    assert "no smoke load" in (folder / "chatproof-report" / "gate" / "report.html").read_text()


def test_the_reference_backend_passes_with_one_report_of_both(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    select = Catalogue.select

    def few(known: Catalogue, selectors: object) -> frozenset[str]:
        asked.append(selectors)
        return select(known, FEW)

    monkeypatch.setattr(Catalogue, "select", few)
    (folder / "chatproof.toml").write_text('[targets]\nerror_rate = "< 20%"\n')
    code = run([*QUICK, "--config", "chatproof.toml", "--users", "40", "--run-time", "3s"])
    said = capsys.readouterr().err
    found = document(folder)
    verdicts = {target["metric"]: target["verdict"] for target in found["targets"]}
    assert code == found["exit_code"] == 0, said
    assert found["command"] == "gate"
    assert verdicts["error_rate"] == "met"
    assert verdicts["token"] == "not_claimed"
    assert asked == [()]  # all of them
    assert {entry["requirement"]: entry["verdict"] for entry in found["verdicts"]} == dict.fromkeys(FEW, "met")
    names = {path.name for path in (folder / "chatproof-report" / "gate").iterdir()}
    assert names >= {"run.json", "report.html", "junit.xml", "summary.md", "samples.jsonl.gz", "recordings"}
    assert [path.name for path in (folder / "chatproof-report").iterdir() if path.is_dir()] == ["gate"]


def test_a_load_that_is_ended_at_once_leaves_the_report_of_the_check_and_its_time_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((1000.0, 1400.0))

    @contextmanager
    def ended_at_once(_loading: Loading) -> Iterator[Measured]:
        yield Measured(document=None, move=lambda _into: None)

    select = Catalogue.select
    monkeypatch.setattr(Catalogue, "select", lambda known, _all: select(known, FEW))
    monkeypatch.setattr(gate, "measured", ended_at_once)
    monkeypatch.setattr(gate, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    assert run([*QUICK]) == 130
    found = document(folder)
    assert found["interrupted"]
    assert found["load"] is None
    assert found["duration_seconds"] > 400
    assert {entry["requirement"]: entry["verdict"] for entry in found["verdicts"]} == dict.fromkeys(FEW, "met")


def test_ctrl_c_in_the_load_leaves_a_report_of_what_was_seen(folder: Path) -> None:
    command = [sys.executable, "-Ic", WITH_FEW, *QUICK, "--run-time", "60s"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True) as gate:
        assert gate.stderr is not None
        try:
            said = next((line for line in gate.stderr if "judged: until" in line), "")
            gate.send_signal(signal.SIGINT)
            rest = gate.stderr.read()
            code = gate.wait(60)
        finally:
            gate.kill()
    assert said, rest
    assert code == 130, rest
    found = document(folder)
    assert found["interrupted"]
    assert found["load"]["partial"]
    assert found["load"]["samples"] > 0
    assert {entry["requirement"]: entry["verdict"] for entry in found["verdicts"]} == dict.fromkeys(FEW, "met")
