"""The front page of a report folder: what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .page import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["render"]

_TITLES = {
    "report.html": "Report",
    "summary.md": "Summary (Markdown)",
    "junit.xml": "JUnit XML",
    "run.json": "Run document (JSON)",
    "recordings": "Recordings (HAR)",
    "samples.jsonl.gz": "Samples of the load run (JSON lines)",
    "locust.html": "Locust's view (rounded to 10 ms, never used for a verdict)",
}


def render(entries: Sequence[Mapping[str, Any]]) -> str:
    """
    The page for the folders found, each with `command`, its `files` and its run `document`.

    A document that cannot be read is shown without its outcome.
    """
    folders = [_folder(entry) for entry in entries]
    return page("index.jinja", folders=folders)


def _folder(entry: Mapping[str, Any]) -> dict[str, Any]:
    document = entry["document"]
    names = {path.rpartition("/")[2]: path for path in entry["files"]}
    return {
        "command": entry["command"],
        "links": [(names[name], title) for name, title in _TITLES.items() if name in names],
        "exit_code": document.get("exit_code"),
        "exit_reason": str(document.get("exit_reason", "")),
        "started_at": str(document.get("started_at", "")),
    }
