"""The report folder, looked at before anything is sent."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import click

from chatproof.report_folder import ReportFolderError, refuse_strangers

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_folder"]


def refuse_folder(context: click.Context, folder: Path, *, command: str, as_json: bool) -> None:
    """
    Raises click.UsageError for a report folder that is a stranger's or cannot be written.

    The latter would be known at the end otherwise, with nothing to show for it unless `as_json`.
    """
    try:
        refuse_strangers(folder, command)
        if not as_json:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=f"{command}-unfinished-"):
                pass
    except ReportFolderError as error:
        raise click.UsageError(f"{error}\nhint: {error.hint}", context) from None
    except OSError as error:
        hint = "hint: choose another folder with --report-dir; --json prints the run document, and goes without one"
        said = "a file has that name" if isinstance(error, FileExistsError) else error.strerror or type(error).__name__
        raise click.UsageError(f"the report cannot be written to {folder}: {said}\n{hint}", context) from None
