"""Recordings shared by the workers of pytest-xdist: one worker records, the others load."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatproof.config import ConfigError
from chatproof.process import BackendProcessError
from chatproof.recording import Recording
from chatproof.surroundings import surroundings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from chatproof.checking import Check
    from chatproof.recorder.events import Event

__all__ = ["FOLDER_KEY", "SharedRecordings", "record_surrounded"]

FOLDER_KEY = "chat_recordings"
_POLL_SECONDS = 0.02
_MARGIN_SECONDS = 30.0


def record_surrounded(check: Check, listener: Callable[[Event], None]) -> None:
    """
    Records with all that is to stand round the backend: its own process, and its upstreams.

    Raises ConfigError where the credential cannot be had, BackendProcessError where something does not start.
    """
    with surroundings_of(check.config) as check.surroundings:
        check.record(listener)


@dataclass(frozen=True, slots=True)
class SharedRecordings:
    """
    A folder that all workers of one xdist run know.

    The worker `gw0` records; the others wait for it, no longer than the plan's bound and a margin.
    """

    folder: Path
    records: bool

    @classmethod
    def of(cls, config: pytest.Config) -> SharedRecordings | None:
        """The folder that the controller named to this xdist worker; None in a run without workers."""
        worker = getattr(config, "workerinput", None)
        if worker is None:
            return None
        return cls(folder=Path(worker[FOLDER_KEY]), records=worker["workerid"] == "gw0")

    def record_or_load(self, check: Check, listener: Callable[[Event], None]) -> None:
        """Records and publishes, or waits and loads; without a recording everything is not testable."""
        if self.records:
            self._publish(check, listener)
            return
        bound = sum(plan.seconds for plan in check.plans().values()) + _MARGIN_SECONDS
        deadline = time.monotonic() + bound
        while not self.folder.exists():
            if time.monotonic() > deadline:
                check.errors.append(f"the worker gw0 left no recordings within {bound:.0f} s")
                return
            time.sleep(_POLL_SECONDS)
        check.load(self.folder)

    def _publish(self, check: Check, listener: Callable[[Event], None]) -> None:
        """
        Writes beside and renames, so that nobody loads half a folder.

        A credential that cannot be had, or a backend that does not start, is the reason why the control turn is not
        testable: raised here it would end this worker only, and xdist would start another.
        """
        try:
            record_surrounded(check, listener)
        except (ConfigError, BackendProcessError) as error:
            for profile in check.config.profiles:
                control = check.scenarios(profile).control
                refused = Recording(scenario=control, profile=profile, not_testable=str(error))
                check.recordings.setdefault(profile, {}).setdefault(control, refused)
        beside = self.folder.with_name("unfinished")
        check.save(beside)
        beside.rename(self.folder)
