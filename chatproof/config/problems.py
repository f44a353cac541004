"""What is wrong with a configuration: every problem of a file at once, each with its key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, time

__all__ = ["ConfigError", "Problem", "shown"]

_LONGEST = 60
_GENERAL_HINT = "every key is listed in docs/config.md and in the package's chatproof/config/chatproof.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    One thing wrong: where it stands (a file, a variable, an argument), the key's path, and what was found.

    `closest` is the known name that may have been meant. `line` is 0 where it is not known.
    """

    where: str
    key: str
    found: str
    expected: str
    closest: str = ""
    hint: str = ""
    line: int = 0

    def __str__(self) -> str:
        """The problem on one line, without its hint."""
        place = f"{self.where}:{self.line}" if self.line else self.where
        subject = f"{place}: {self.key}" if self.key else place
        meant = f"; did you mean `{self.closest}`?" if self.closest else ""
        return f"{subject}: found {self.found}; expected {self.expected}{meant}"


class ConfigError(Exception):
    """
    The configuration cannot be used.

    The message has one line for each problem, followed by its hint, and ends in a line `hint: ...`; no secret's
    value is in it.
    """

    def __init__(self, *problems: Problem) -> None:
        last = {problem.hint: problem for problem in problems}
        lines = [
            line
            for problem in problems
            for line in (str(problem), f"hint: {problem.hint}" if last[problem.hint] is problem else "")
            if line not in {"", "hint: "}
        ]
        if not lines[-1].startswith("hint: "):
            lines.append(f"hint: {_GENERAL_HINT}")
        super().__init__("\n".join(lines))
        self.problems = problems


def shown(value: object, *, raw: str = "", hidden: bool = False) -> str:
    """
    A value from a TOML file, in words for a message.

    A hidden value shows its type only; text that was expanded shows as it stands in the file (`raw`).
    """
    if isinstance(value, dict | list) or hidden:
        return _type(value)
    if "${" in raw:
        return f"{json.dumps(raw)} (its value is not shown)"
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
        return json.dumps(text, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(value: object) -> str:
    words = {dict: "a table", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "a date or time" if isinstance(value, date | time) else words.get(type(value), "nothing")
