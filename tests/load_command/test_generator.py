"""A child that behaves, and every way in which one does not: no Locust here, only what is said of a process."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from chatproof.load_plan import Plan, Stage
from chatproof.load_run.generator import arguments_of, file_of
from chatproof.load_run.supervision import Child, Generated, supervise

LIMIT = 20.0


def child(script: str, **limits: float) -> Child:
    values: dict[str, float] = {"limit_seconds": LIMIT, "start_seconds": LIMIT, "stop_seconds": LIMIT, **limits}
    return Child(
        command=lambda pipe, _folder: [
            sys.executable,
            "-ISc",
            f"PIPE = {pipe}\nimport os, sys, time, signal\n{script}",
        ],
        environment=lambda _pipe: dict(os.environ),
        **values,
    )


def seen(script: str, **limits: float) -> tuple[list[str], Generated]:
    lines: list[str] = []
    done = supervise(child(script, **limits), on_line=lines.append, stop=threading.Event())
    return lines, done


def gone(pid: int) -> bool:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":  # dead, and nobody has asked for its status yet
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_lines_come_whole_and_in_order_however_they_are_cut() -> None:
    lines, done = seen(
        "for number in range(2000):\n"
        "    os.write(PIPE, b'%d' % number)\n    os.write(PIPE, b'\\n' if number % 2 else b' x\\n')\n"
        "os.write(PIPE, b'last, without an end')"
    )
    assert lines == [f"{number}{'' if number % 2 else ' x'}" for number in range(2000)]
    assert (done.exit_code, done.reason, done.stopped) == (0, "", False)


def test_a_line_that_is_too_long_is_left_out_and_counted() -> None:
    lines, done = seen("with open(PIPE, 'wb') as pipe: pipe.write(b'a\\n' + b'x' * (9 << 20) + b'\\n' + b'b\\n')")
    assert lines == ["a", "b"]
    assert done.too_long == 1


def test_a_child_that_dies_is_told_with_its_last_words() -> None:
    _lines, done = seen("print('one'); sys.stderr.write('two\\n'); sys.exit(7)")
    assert done.exit_code == 7
    assert done.reason == "it ended with status 7"
    assert set(done.tail) == {"one", "two"}


def test_a_child_that_is_killed_is_told_and_what_it_said_is_there() -> None:
    lines, done = seen("os.write(PIPE, b'said\\n'); os.kill(os.getpid(), signal.SIGKILL)")
    assert lines == ["said"]
    assert done.reason == "it ended by signal SIGKILL"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"start_seconds": 0.2}, "it did not start within 0.2 s"),
        ({"limit_seconds": 0.2}, "it did not end within 0.2 s"),
        ({"silence_seconds": 0.2}, "nothing came from it for 0.2 s"),
    ],
)
def test_a_child_that_hangs_is_ended_with_all_that_it_started(limits: dict[str, float], reason: str) -> None:
    first = "" if "start_seconds" in limits else "os.write(PIPE, b'%d\\n' % own)\n"
    lines, done = seen(
        f"own = os.fork() or os.getpid()\n{first}"
        "for name in (signal.SIGINT, signal.SIGTERM): signal.signal(name, signal.SIG_IGN)\ntime.sleep(60)",
        **limits,
    )
    assert done.reason == reason
    assert all(gone(int(line)) for line in lines)


def test_a_child_that_is_asked_to_stop_ends_as_by_ctrl_c_and_its_last_lines_arrive() -> None:
    stop = threading.Event()
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        stop.set()

    script = (
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n    os.write(PIPE, b'ready\\n'); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    os.write(PIPE, b'last\\n')\nsys.exit(1)"
    )
    done = supervise(child(script), on_line=take, stop=stop)

    assert lines == ["ready", "last"]
    assert done.stopped
    assert done.reason == ""


def test_a_child_that_does_not_stop_is_killed() -> None:
    stop = threading.Event()
    script = "signal.signal(signal.SIGINT, signal.SIG_IGN)\nos.write(PIPE, b'ready\\n'); time.sleep(60)"
    done = supervise(child(script, stop_seconds=0.2), on_line=lambda _line: stop.set(), stop=stop)

    assert done.reason == "it did not end within 0.2 s of being asked to"
    assert done.exit_code == -signal.SIGKILL


def test_what_a_listener_raises_ends_the_child_at_once_and_comes_through() -> None:
    pids: list[int] = []

    def take(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        supervise(child("os.write(PIPE, b'%d\\n' % os.getpid()); time.sleep(60)"), on_line=take, stop=threading.Event())
    assert gone(pids[0])


def test_the_working_directory_is_empty_and_stdin_is_closed() -> None:
    lines, _done = seen("os.write(PIPE, repr((os.listdir(), sys.stdin.read(), os.getcwd())).encode() + b'\\n')")
    listed, read, folder = eval(lines[0])  # noqa: S307 - our own line
    assert (listed, read) == ([], "")
    assert not Path(folder).exists()


def test_the_tick_comes_while_nothing_is_said() -> None:
    ticks: list[float] = []
    stop = threading.Event()

    def tick() -> None:
        ticks.append(time.monotonic())
        if len(ticks) == 3:
            stop.set()

    supervise(child("time.sleep(60)"), on_line=lambda _line: None, stop=stop, tick=tick)
    assert len(ticks) >= 3


def test_locust_is_told_what_it_must_know_of_a_plan() -> None:
    closed = arguments_of(Plan(users=7, spawn_rate=2.5, run_time_seconds=3.2, processes=2))
    assert closed == ["--processes", "2", "--users", "7", "--spawn-rate", "2.5", "--run-time", "4s"]
    assert arguments_of(Plan(stages=(Stage(seconds=3, users=2),))) == []


def test_the_file_of_a_workload_is_the_installed_one() -> None:
    assert file_of("chat-turns").name == "chat_turns.py"
    with pytest.raises(KeyError):
        file_of("chat-tunes")


PAGE = "open('page.html', 'w').write('<p>all of it</p>')"


def kept_at(wanted: Path) -> Generated:
    """How a child ended that writes a page, which is to be kept there."""
    return supervise(child(PAGE), on_line=lambda _line: None, stop=threading.Event(), keep={"page.html": wanted})


def test_a_file_that_it_writes_is_kept_in_a_folder_that_need_not_be_there(tmp_path: Path) -> None:
    wanted = tmp_path / "new" / "kept.html"
    assert kept_at(wanted).reason == ""
    assert wanted.read_text() == "<p>all of it</p>"


def test_a_file_that_it_did_not_write_is_not_missed(tmp_path: Path) -> None:
    stop = threading.Event()
    done = supervise(child(""), on_line=lambda _line: None, stop=stop, keep={"page.html": tmp_path / "kept.html"})
    assert done.reason == ""
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_costs_the_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    assert kept_at(tmp_path / "taken" / "kept.html").reason == ""
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_full_disk_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_made: Path, wanted: Path) -> None:
        wanted.write_text("<p>al")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "move", half)
    assert kept_at(tmp_path / "kept.html").reason == ""
    assert list(tmp_path.iterdir()) == []
