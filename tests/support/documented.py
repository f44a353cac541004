"""The command lines that a page shows: those of its sh and console blocks, and the shell parts of its YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Documented", "commands_in"]

SHELL = {"sh", "bash", "shell", "console"}
PROGRAMS = (
    "chatproof",
    "curl",
    "docker",
    "export",
    "kubectl",
    "locust",
    "make",
    "pip",
    "podman",
    "printf",
    "pytest",
    "python",
)
_BLOCK = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_YAML = re.compile(rf"^\s*(?:- )?(?:run: \|?\s*)?((?:{'|'.join(PROGRAMS)})\b(?!:).*)$")


@dataclass(frozen=True, slots=True)
class Documented:
    """One command line of a page, without prompt and trailing comment; `line` counts from 1."""

    page: str
    line: int
    text: str


def commands_in(page: str, text: str) -> list[Documented]:
    """All of them, in the order of the page; a line that ends with a backslash goes on in the next one."""
    found = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(3)) + 1
        rest = ""
        for number, line in enumerate(block[3].splitlines(), start=first):
            shown = f"{rest} {line.strip()}" if rest else _shell_part(block[2], line)
            if shown.endswith("\\"):
                rest = shown.removesuffix("\\").strip()
                continue
            rest = ""
            bare = re.sub(r"(^|\s)#\s.*$", "", shown).strip()
            if bare:
                found.append(Documented(page, number, bare))
    return found


def _shell_part(language: str, line: str) -> str:
    """What of a line a shell runs: of a console what follows the prompt, of YAML what begins with a program."""
    if language == "console":
        return line.strip().removeprefix("$ ") if line.lstrip().startswith("$ ") else ""
    if language in SHELL:
        return line.strip()
    match = _YAML.match(line) if language in {"yaml", "yml"} else None
    return match[1].strip() if match else ""
