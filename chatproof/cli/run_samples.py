"""The samples of a run that a command was given: the file beside its document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from chatproof.cli.run_file import document_in
from chatproof.comparison.values import Given
from chatproof.samples.codec import RecordError
from chatproof.samples.collected import Collected
from chatproof.samples.file import SampleFileError, read_records

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["given"]

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def given(run: Run, path: Path) -> tuple[Given, str]:
    """The run with the samples beside its document, and their file; without them the reason why there are none."""
    if run.load is None:
        return Given(run=run), ""
    name = run.load.samples_file
    file = (document_in(path) if path.is_dir() else path).parent / name
    why = _without(name, file, path)
    if why:
        return Given(run=run, no_samples=why), ""
    try:
        records = read_records(file)
        collected = Collected(records)
    except (SampleFileError, RecordError) as error:
        return Given(run=run, no_samples=f"{name} cannot be read: {error}"), ""
    if records.truncated:
        return Given(run=run, no_samples=f"{name}: {records.detail}"), ""
    return Given(run=run, collected=collected), str(file)


def _without(name: str, file: Path, path: Path) -> str:
    """Why there is no file of samples; empty where there is one."""
    if path == Path("-"):
        return "a run on standard input has no samples beside it"
    if not _PLAIN_NAME.fullmatch(name):
        return "the run kept no samples"
    return "" if file.is_file() else f"{name} is not beside its run document"
