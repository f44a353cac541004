"""
Writes docs/coverage.md: for each document, every testable sentence and what judges it.

`python -m chatproof.coverage`, in the root of the project. The sentences are in docs/coverage/, one file for each of
the documents.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.catalogue import catalogue
from chatproof.targets.declared import document_target
from chatproof.targets.documents import DOCUMENT_TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.catalogue import Catalogue
    from chatproof.targets.expression import Target

__all__ = ["FOLDER", "Document", "Sentence", "documents", "main", "markdown"]

FOLDER = Path("docs/coverage")
"""Below the root of the project."""

_INTRODUCTION = """\
# What of each document is tested

Every sentence of the five documents that says something testable, the requirements that judge it, or the reason why
none does. `chatproof explain ID` says all of a requirement. This page is made by `python -m chatproof.coverage` from
the tables in `docs/coverage/` and the requirements themselves; a test keeps it true.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence: where it stands, what it says, the ids that judge it, or the reason why none does."""

    section: str
    text: str
    ids: tuple[str, ...] = ()
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document: its title as sources name it, the profile that it describes, its sentences in order."""

    title: str
    profile: str
    sentences: tuple[Sentence, ...]


def documents(folder: Path = FOLDER) -> list[Document]:
    """The tables of all documents, by file name; ValueError for an entry with neither or both of `ids` and `none`."""
    return [_document(path) for path in sorted(folder.glob("*.toml"))]


def markdown(found: Sequence[Document], known: Catalogue) -> str:
    """The page; KeyError for an id that is neither a requirement, an alias, a target nor an excluded row."""
    return "\n".join([_INTRODUCTION, *(_section(document, known) for document in found)])


def main() -> int:
    """Writes the page below the working directory, which must be the project's root."""
    if not FOLDER.is_dir():
        sys.stderr.write(f"no folder {FOLDER}/ here\nhint: run this in the root of the project\n")
        return 2
    Path("docs/coverage.md").write_text(markdown(documents(), catalogue()), encoding="utf-8")
    return 0


def _document(path: Path) -> Document:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    sentences = tuple(_sentence(path, entry) for entry in table["sentence"])
    return Document(title=table["title"], profile=table["profile"], sentences=sentences)


def _sentence(path: Path, entry: dict[str, Any]) -> Sentence:
    found = Sentence(**{**entry, "ids": tuple(entry.get("ids", ()))})
    if bool(found.ids) == bool(found.none):
        msg = f"{path.name}: {found.text!r} needs either `ids` or `none`"
        raise ValueError(msg)
    return found


def _section(document: Document, known: Catalogue) -> str:
    checked = [any(known.find(name) for name in sentence.ids) for sentence in document.sentences]
    loaded = [any(_targets(name) for name in sentence.ids) for sentence in document.sentences]
    more = sum(load and not check for check, load in zip(checked, loaded, strict=True))
    by_load = f", {more} more by a load run" if more else ""
    rows = [
        f"| {_cell(sentence.section)} | {_cell(sentence.text)} | {_judged_by(sentence, known)} |"
        for sentence in document.sentences
    ]
    head = [
        f"## {document.title} (`{document.profile}`)",
        "",
        f"{sum(checked)} of {len(document.sentences)} sentences are judged by a check{by_load}.",
        "",
        "| section | sentence | judged by |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _judged_by(sentence: Sentence, known: Catalogue) -> str:
    return "<br>".join(_named(name, known) for name in sentence.ids) or f"nothing: {_cell(sentence.none)}"


def _named(name: str, known: Catalogue) -> str:
    entry = known.find(name)
    if targets := _targets(name):
        return f"`{name}` ({targets[0].level}, in a load run: {', '.join(f'`{target.text}`' for target in targets)})"
    if entry is None:
        return f"`{name}`: not by a check ({known.excluded[name]})"
    alias = f", as `{entry.id}`" if entry.id != name else ""
    return f"`{name}` ({entry.level}{alias})"


def _targets(name: str) -> list[Target]:
    """The targets of a row."""
    return [document_target(entry) for entry in DOCUMENT_TARGETS if entry.row == name]


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
