"""The front page of a report folder: what lies in it, and what each of its runs came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.exit_code import ExitCode

from .page import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["render"]

_TITLES = {
    "report.html": ("Report", ""),
    "summary.md": ("Summary", "Markdown"),
    "junit.xml": ("JUnit XML", ""),
    "run.json": ("Run document", "JSON"),
    "recordings": ("Recordings", "HAR"),
    "samples.jsonl.gz": ("Samples", "one record for each stream and request"),
    "locust.html": ("Locust's view", "rounded to 10 ms, never used for a verdict"),
}
_OUTCOMES = {
    int(ExitCode.MET): ("met", "passed"),
    int(ExitCode.NOT_MET): ("not_met", "not passed"),
    int(ExitCode.NO_VERDICT): ("inconclusive", "no verdict"),
    int(ExitCode.CRASHED): ("not_testable", "chatproof failed"),
    int(ExitCode.INTERRUPTED): ("not_claimed", "interrupted"),
}


def render(entries: Sequence[Mapping[str, Any]]) -> str:
    """
    The page for the folders found, each with `command`, its `files`, its run `document`, and the runs `inner` to it.

    A document that cannot be read is shown without its outcome.
    """
    return page("index.jinja", folders=[_folder(entry) for entry in entries])


def _folder(entry: Mapping[str, Any]) -> dict[str, Any]:
    document = entry["document"]
    names = {path.rpartition("/")[2]: path for path in entry["files"]}
    code = document.get("exit_code")
    known = _OUTCOMES.get(code) if isinstance(code, int) else None
    tone, outcome = known or ("not_testable", "the run document cannot be read")
    return {
        "command": entry["command"],
        "page": names.get("report.html", ""),
        "links": [(names[name], *titles) for name, titles in _TITLES.items() if name in names],
        "tone": tone,
        "outcome": outcome,
        "said": f"exit code {code}: {document.get('exit_reason', '')}" if known else "",
        "facts": _facts(document),
        "inner": [_folder(inner) for inner in entry.get("inner", ())],
    }


def _facts(document: Mapping[str, Any]) -> list[str]:
    """Of which backend and build the run is, and when it began: what is known of it."""
    backend = document.get("backend")
    build, started = document.get("build"), str(document.get("started_at") or "")
    return [
        text
        for text in (
            str(backend.get("url") or "") if isinstance(backend, dict) else "",
            f"build {build}" if build else "",
            started.replace("T", " ").replace("+00:00", " UTC"),
        )
        if text
    ]
