"""Whole runs with Locust against backends of plain sockets: verdicts, exit codes, and nothing lost."""

from __future__ import annotations

import json
import resource
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from chatproof.samples.file import read_records
from chatproof.samples.records import Sample
from support.load_backend import WHOLE, stop_listening
from support.raw_server import STREAM, Peer, Server

Document = Callable[[], dict[str, Any]]
QUIET = ("--no-verify", "--color", "never")


def target(document: dict[str, Any], metric: str) -> dict[str, Any]:
    (found,) = (entry for entry in document["targets"] if entry["metric"] == metric)
    return dict(found)


def samples(folder: Path) -> list[Sample]:
    path = folder / "chatproof-report" / "load" / "samples.jsonl.gz"
    return [record for record in read_records(path) if isinstance(record, Sample)]


def test_a_good_backend_meets_its_targets_and_everything_is_in_the_report(
    serve: Callable[..., Server], folder: Path, document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    serve()
    code = run(["load", *QUIET])

    said = capsys.readouterr()
    found = document()
    assert target(found, "error_rate")["verdict"] == "met", said.err
    assert code == found["exit_code"] == (0 if found["validity"]["valid"] else 3), said.err
    assert found["command"] == "load"
    assert len(samples(folder)) == found["load"]["samples"] > 10
    report = folder / "chatproof-report"
    assert {path.name for path in (report / "load").iterdir()} == {
        *("run.json", "report.html", "junit.xml", "summary.md", "samples.jsonl.gz", "locust.html"),
    }
    assert sorted(path.name for path in report.iterdir()) == ["index.html", "load"]
    assert "3 users" in said.err
    assert said.out == ""


def test_a_backend_that_dies_in_mid_run_is_not_met(
    serve: Callable[..., Server], document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    left = iter(range(3))
    servers: list[Server] = []

    def dying(peer: Peer) -> None:
        while peer.request():
            if next(left, None) is None:
                stop_listening(servers[0])
                return
            peer.send(*WHOLE)

    servers.append(serve(dying))
    code = run(["load", "--run-time", "2s", *QUIET])

    found = document()
    error_rate = target(found, "error_rate")
    assert error_rate["verdict"] == "not_met", capsys.readouterr().err
    assert code in {1, 3}
    assert {entry["cause"] for entry in found["load"]["errors"]} & {"connect", "refused", "reset", "cut"}


@pytest.mark.parametrize(
    ("answer", "causes"),
    [
        (lambda peer: peer.wait_for_close(), {"timeout", "idle"}),
        (lambda peer: peer.send(STREAM + b"0\r\n\r\n"), {"no_token"}),
    ],
    ids=["never answers", "200 with no events"],
)
def test_an_answer_without_a_token_is_a_failure(
    answer: Callable[[Peer], None], causes: set[str], serve: Callable[..., Server], document: Document
) -> None:
    first = threading.Event()

    def handler(peer: Peer) -> None:
        while peer.request():
            if first.is_set():
                answer(peer)
            else:  # the probing request
                first.set()
                peer.send(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                return

    serve(handler, more='answer_timeout = "300ms"\n[profiles.ai-chat]\nturn_timeout = "300ms"')
    code = run(["load", *QUIET])

    found = document()
    assert target(found, "error_rate")["verdict"] == "not_met"
    assert code in {1, 3}
    assert {entry["cause"] for entry in found["load"]["errors"]} <= causes


def test_a_run_ends_at_the_first_must_that_is_surely_not_met(
    serve: Callable[..., Server], document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")

    serve(broken)
    code = run(["load", *QUIET, "--abort-on-fail", "--run-time", "50s"])

    found = document()
    assert found["duration_seconds"] < 40
    assert found["load"]["partial"]
    assert any("surely not met" in note for note in found["load"]["notes"])
    assert code in {1, 3}, capsys.readouterr().err
    assert target(found, "error_rate")["verdict"] == "not_met"


def test_a_full_disk_takes_samples_and_no_verdict(
    serve: Callable[..., Server], folder: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()
    monkeypatch.setattr(secrets, "token_hex", lambda _count: "full")
    unfinished = folder / "chatproof-report" / "load-unfinished-full"
    unfinished.mkdir(parents=True)
    (unfinished / "samples.jsonl.gz").symlink_to("/dev/full")

    run(["load", *QUIET])

    found = document()
    assert target(found, "error_rate")["verdict"] == "met"
    assert found["load"]["samples"] > 10
    assert found["load"]["samples_file"] == ""
    assert any("samples are not kept" in note for note in found["load"]["notes"])


def test_a_backend_that_lets_nobody_in_is_told(
    serve: Callable[..., Server], start: Callable[..., Any], document: Callable[[], dict[str, Any]]
) -> None:
    def refuse(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    serve(refuse)

    assert start("load", *QUIET).end() == 1
    assert any("no credential was sent: set CHATPROOF_TOKEN" in note for note in document()["load"]["notes"])


def test_a_report_that_breaks_leaves_the_samples_and_says_where(
    serve: Callable[..., Server], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_rest: Any, **_more: Any) -> None:
        raise RuntimeError("a defect of a report")

    monkeypatch.setattr("chatproof.cli.loading_run.load_document", broken)
    serve()

    assert run(["load", *QUIET]) == 4
    (kept,) = (folder / "chatproof-report").glob("load-unfinished-*/samples.jsonl.gz")
    assert f"the samples are in {kept.relative_to(folder)}" in capsys.readouterr().err


def test_without_a_folder_the_document_comes_to_stdout_all_the_same(
    serve: Callable[..., Server], start: Callable[..., Any], folder: Path
) -> None:
    serve()
    (folder / "file").write_text("")
    command = start("load", "--json", "--no-verify", "--report-dir", "file/reports")

    command.end()
    found = json.loads(command.out)
    assert found["load"]["samples"] > 10
    assert "the load generator failed" not in command.out


def test_where_nothing_can_be_written_the_verdicts_are_still_told(
    serve: Callable[..., Server], start: Callable[..., Any]
) -> None:
    serve()
    limits = (4096, 4096)
    command = start("load", *QUIET[:1], "--json", limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))

    assert command.end() in {3, 4}
    assert '"verdict": "met"' in command.out
    assert any("the report cannot be written" in line for line in command.said)
