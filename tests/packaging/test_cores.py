"""The cores that workers share: who asks to be alone is, and is not kept waiting by those who come later."""

from __future__ import annotations

import fcntl
import threading
import time
from typing import TYPE_CHECKING

import pytest

from support.cores import cores

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (tmp_path / "test").mkdir()
    return tmp_path / "test"


def is_free(file: Path, kind: int) -> bool:
    """Whether another process could lock the file now."""
    with file.open("a") as other:
        try:
            fcntl.flock(other, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_others_may_share_and_none_may_be_alone_meanwhile(folder: Path) -> None:
    with cores(folder, alone=False), cores(folder, alone=False):
        assert is_free(folder.parent / "cores.lock", fcntl.LOCK_SH)
        assert not is_free(folder.parent / "cores.lock", fcntl.LOCK_EX)
        assert is_free(folder.parent / "cores.door", fcntl.LOCK_EX)
    assert is_free(folder.parent / "cores.lock", fcntl.LOCK_EX)


def test_who_is_alone_lets_nobody_in(folder: Path) -> None:
    with cores(folder, alone=True):
        assert not is_free(folder.parent / "cores.lock", fcntl.LOCK_SH)
    assert is_free(folder.parent / "cores.lock", fcntl.LOCK_EX)


def test_who_waits_to_be_alone_keeps_the_door_shut_until_the_others_are_gone(folder: Path) -> None:
    entered = threading.Event()

    def alone() -> None:
        with cores(folder, alone=True):
            entered.set()

    waiting = threading.Thread(target=alone, daemon=True)
    with cores(folder, alone=False):
        waiting.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while is_free(folder.parent / "cores.door", fcntl.LOCK_EX):
            assert time.monotonic() < until
        assert not entered.is_set()
    assert entered.wait(PATIENCE_SECONDS)
    waiting.join(PATIENCE_SECONDS)
    assert is_free(folder.parent / "cores.door", fcntl.LOCK_EX)


def test_workers_of_one_run_share(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    with cores(folder / "gw0", alone=True):
        assert not is_free(folder.parent / "cores.lock", fcntl.LOCK_SH)
