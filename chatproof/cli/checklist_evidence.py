"""The runs that a checklist is given: read before anything is sent."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.checklist.facts import Given
from chatproof.cli.run_file import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["evidence_files", "keep_evidence", "out_of_the_way", "read_evidence", "split_arguments"]

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


def out_of_the_way(given: Sequence[Given], folder: Path) -> tuple[tuple[Given, ...], dict[str, Path]]:
    """
    The runs under the names that they will have, and for those of an earlier checklist in this report folder, which the
    new one replaces, from where each is taken.
    """
    earlier = (folder / _OURS).resolve()
    found: list[Given] = []
    moved: dict[str, Path] = {}
    for entry in given:
        home = Path(entry.file).resolve().parent
        if home.parent != earlier:
            found.append(entry)
            continue
        name = next((taken for taken, path in moved.items() if path == home), f"earlier-{len(moved) + 1}")
        moved[name] = home
        found.append(replace(entry, file=f"{name}/run.json"))
    return tuple(found), moved


def keep_evidence(moved: Mapping[str, Path], into: Path) -> None:
    """Takes evidence along from the report that is replaced, with what lies beside each run."""
    for name, home in moved.items():
        shutil.copytree(home, into / name)
