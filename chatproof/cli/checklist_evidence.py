"""The runs that a checklist is given: read before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.checklist.facts import Given
from chatproof.cli.run_file import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["evidence_files", "read_evidence", "split_arguments"]

_OURS = "checklist"


def split_arguments(arguments: Sequence[str], context: click.Context) -> tuple[str | None, tuple[Path, ...]]:
    """The URL, where the first argument is one, and the files and folders; raises a usage error for anything else."""
    from chatproof.cli.check import split  # noqa: PLC0415 - it brings pytest along, which `--help` need not

    url, rest = split(tuple(arguments))
    for text in rest:
        if not (text.endswith(".json") or Path(text).is_dir()):
            hint = "evidence is a run.json or a report folder; the URL comes first, and holds `://` or is host:port"
            raise click.UsageError(f"{text!r} is neither a run document nor a report folder\nhint: {hint}", context)
    return url, tuple(map(Path, rest))


def read_evidence(paths: Sequence[Path], context: click.Context) -> tuple[Given, ...]:
    """The runs of files and report folders, each with its name; raises a usage error for what cannot be read."""
    return tuple(
        Given(run=read_run(file, context), file=str(file)) for path in paths for file in evidence_files(path, context)
    )


def evidence_files(path: Path, context: click.Context) -> Iterator[Path]:
    """
    The run documents of a path: the file itself, that of a folder, or those of a whole report folder.

    Of the latter an earlier checklist is left out, and what it joined is taken.
    """
    if not path.is_dir() or (path / "run.json").is_file():
        yield path if not path.is_dir() else path / "run.json"
        return
    found = [file for file in sorted(path.glob("*/run.json")) if file.parent.name != _OURS]
    found += sorted((path / _OURS).glob("*/run.json"))
    if not found:
        hint = "give a run.json, or a folder that holds some, such as chatproof-report"
        raise click.UsageError(f"{path} holds no run document\nhint: {hint}", context)
    yield from found
