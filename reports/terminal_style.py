"""Lines of a terminal: wrapped, indented, and coloured where that is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.verdict import Verdict

from .text import columns, fitted, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Style"]

_LABEL_COLUMNS = 12
_MOMENT_COLUMNS = 14
_BOLD = "1"
_FAINT = "2"
_COLOURS: Mapping[str, str] = {
    Verdict.MET: "36",
    Verdict.NOT_MET: "31",
    Verdict.WAIVED: "35",
    Verdict.NOT_CLAIMED: "2",
    Verdict.NOT_TESTABLE: "33",
    "inconclusive": "33",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a summary is set: whether with colour, and in how many columns."""

    colour: bool
    width: int

    def paragraph(
        self, text: str, *, first: str = "", rest: str = "", bold: bool = False, mark: str = ""
    ) -> Iterator[str]:
        """The text wrapped, its first line behind `first` and the others behind `rest`; `mark` is a verdict."""
        codes = [code for code in (_BOLD if bold else "", _COLOURS.get(mark, "")) if code]
        room = self.width - max(columns(first), columns(rest))
        for number, line in enumerate(wrapped(text, room)):
            yield (rest if number else first) + self._coloured(_harmless(line), codes)

    def bold(self, line: str) -> str:
        """One line, never wrapped."""
        return self._coloured(line, [_BOLD])

    def field(self, name: str, text: str) -> Iterator[str]:
        """A named text, the name in a column of its own: `  found       status 500`."""
        label = f"  {name}".ljust(_LABEL_COLUMNS)
        return self.paragraph(text, first=label, rest=" " * _LABEL_COLUMNS)

    def verbatim(self, text: str, *, indent: str) -> Iterator[str]:
        """Lines that a reader copies: never wrapped."""
        return (indent + _harmless(line) for line in text.split("\n"))

    def moment(self, moment: str, text: str) -> Iterator[str]:
        """A mark of a time line in one line, its time to the right: `       12 ms  event token`."""
        label = f"{moment.rjust(_MOMENT_COLUMNS)}  "
        yield self._coloured(label, [_FAINT]) + _harmless(fitted(text, self.width - columns(label)))

    def _coloured(self, line: str, codes: list[str]) -> str:
        return f"\x1b[{';'.join(codes)}m{line}\x1b[0m" if self.colour and codes and line else line


def _harmless(line: str) -> str:
    """
    The line, unable to be a workflow command of a CI system.

    GitHub Actions obeys a line whose first visible characters are `::`, and `##[` anywhere.
    """
    line = line.replace("##[", "## [")
    return f"\\{line}" if line.lstrip().startswith("::") else line
