"""The run document that a command was given: a file, a report folder, or standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from chatproof.run_json import RunJsonError, from_json

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["document_in", "read_run"]

_HINT: Final = "give the run.json of a report folder, such as chatproof-report/check/run.json"


def read_run(path: Path, context: click.Context) -> Run:
    """The run of a file, of a folder that holds `run.json`, or of standard input."""
    name = "standard input" if path == Path("-") else str(path)
    try:
        if path == Path("-"):
            data = sys.stdin.buffer.read()
        else:
            data = (document_in(path) if path.is_dir() else path).read_bytes()
        return from_json(json.loads(data))
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {error.strerror}\nhint: {_HINT}", context) from error
    except RunJsonError as error:
        raise click.UsageError(f"{name} is no run document: {error}\nhint: {_HINT}", context) from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name} is no JSON: {error}\nhint: {_HINT}", context) from error


def document_in(folder: Path) -> Path:
    """The run document of a command's folder, or of a report folder that holds a single one."""
    below = list(folder.glob("*/run.json"))
    return below[0] if len(below) == 1 and not (folder / "run.json").exists() else folder / "run.json"
