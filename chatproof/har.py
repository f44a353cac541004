"""Recordings as HAR 1.2 files, which other tools open, and back without a loss."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatproof import __version__
from chatproof.config import ConfigError, as_declared, from_declared
from chatproof.har_entry import entry_of, exchange_of
from chatproof.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from chatproof.config import Config

__all__ = ["Folder", "RecordingError", "dump", "load", "load_folder", "parse", "save", "save_folder"]

_FORMAT = 1
_FOLDER = "recordings"
_DECLARED = "declared.json"
_NO_ENTRIES = '"entries": []'
_EPOCH = "1970-01-01T00:00:00.000+00:00"


class RecordingError(Exception):
    """A file or folder holds no recording that can be read; the message names it and ends in a hint."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A saved run: the redacted configuration, and the recordings by profile and scenario."""

    config: Config
    recordings: Mapping[str, Mapping[str, Recording]]


def dump(recording: Recording) -> dict[str, Any]:
    """A recording as the JSON object of a HAR file; what HAR has no field for stands in `_chatproof`."""
    started_at = _started_at(recording)
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "chatproof", "version": __version__},
            "pages": [],
            "entries": [entry_of(exchange, started_at) for exchange in recording.exchanges],
            "_chatproof": {
                "format": _FORMAT,
                "scenario": recording.scenario,
                "profile": recording.profile,
                "findings": dict(recording.findings),
                "not_claimed": recording.not_claimed,
                "declare": recording.declare,
                "not_testable": recording.not_testable,
                "seconds": recording.seconds,
            },
        }
    }


def _started_at(recording: Recording) -> str:
    return str(recording.findings.get("started_at", _EPOCH))


def parse(document: Any) -> Recording:
    """The recording of such an object; ValueError, TypeError or KeyError where it is none of ours."""
    log = document["log"]
    kept = dict(log["_chatproof"])
    if kept.pop("format") != _FORMAT:
        msg = "it was written by another version of chatproof"
        raise ValueError(msg)
    return Recording(exchanges=tuple(exchange_of(entry) for entry in log["entries"]), **kept)


def save(path: Path, recording: Recording) -> None:
    """Writes one recording; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        file.writelines(_pieces(recording))


def _pieces(recording: Recording) -> Iterator[str]:
    """The text of `dump`, one entry at a time: the whole of a long recording would take many times its bytes."""
    empty = json.dumps(dump(replace(recording, exchanges=())), indent=1)
    before, _, after = empty.partition(_NO_ENTRIES)
    yield f'{before}"entries": ['
    started_at = _started_at(recording)
    for index, exchange in enumerate(recording.exchanges):
        yield (",\n" if index else "\n") + json.dumps(entry_of(exchange, started_at), indent=1)
    yield f"]{after}\n"


def load(path: Path) -> Recording:
    """Reads one recording; RecordingError where the file holds none."""
    document = _json(path)
    try:
        return parse(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"missing {error}" if isinstance(error, KeyError) else str(error)
        hint = "replay folders are written by `chatproof check`; a HAR file of another tool holds no reads"
        msg = f"{path} is no recording of chatproof: {said}\nhint: {hint}"
        raise RecordingError(msg) from error


def save_folder(path: Path, recordings: Mapping[str, Mapping[str, Recording]], config: Config) -> None:
    """Writes `recordings/declared.json` and `recordings/PROFILE/SCENARIO.har` into a folder."""
    folder = path / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_declared(config), indent=1)
    (folder / _DECLARED).write_text(text + "\n", encoding="ascii")
    for profile, scenarios in recordings.items():
        for scenario, recording in scenarios.items():
            save(folder / profile / f"{scenario}.har", recording)


def load_folder(path: Path) -> Folder:
    """Reads what `save_folder` wrote into a folder; the folder `recordings` itself will do. Raises RecordingError."""
    folder = path / _FOLDER if (path / _FOLDER).is_dir() else path
    table = _json(folder / _DECLARED)
    try:
        config = from_declared(table)
    except (ConfigError, KeyError, TypeError, ValueError, AttributeError) as error:
        said = str(error).partition("\nhint:")[0]
        msg = f"{folder / _DECLARED} holds no configuration: {said}\nhint: record again with this version"
        raise RecordingError(msg) from error
    recordings: dict[str, dict[str, Recording]] = {}
    for file in sorted(folder.glob("*/*.har")):
        recording = load(file)
        recordings.setdefault(recording.profile, {})[recording.scenario] = recording
    if not recordings:
        msg = f"{folder} holds no recordings\nhint: name a folder that `chatproof check` wrote"
        raise RecordingError(msg)
    return Folder(config, recordings)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        hint = "--replay takes a folder that holds `recordings/`, as `chatproof check` writes it"
        msg = f"{path} cannot be read: {error.strerror}\nhint: {hint}"
        raise RecordingError(msg) from error
    except ValueError as error:
        msg = f"{path} is no JSON: {error}\nhint: the file was cut or edited; record again"
        raise RecordingError(msg) from error
