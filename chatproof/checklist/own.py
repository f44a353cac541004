"""A user's own boxes: those of `[[boxes]]`, with ids that there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.checklist.definition import BoxDefinition
from chatproof.config import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatproof.catalogue import Catalogue
    from chatproof.config import OwnBox

__all__ = ["own_definitions"]

_SECTION = "Own boxes"
_NO_WORD = re.compile(r"\W+")
_LONGEST_ID = 40


def own_definitions(boxes: Sequence[OwnBox], origin: str, known: Catalogue) -> tuple[BoxDefinition, ...]:
    """
    The boxes of a configuration, in its own order; `origin` is its name. Their ids come from their texts.

    Raises `ConfigError` with every id that is none of a requirement.
    """
    problems = [problem for index, box in enumerate(boxes) for problem in _unknown(box, index, origin, known)]
    if problems:
        raise ConfigError(*problems)
    found: list[BoxDefinition] = []
    for box in boxes:
        taken = {entry.id for entry in found}
        found.append(_definition(box, _id_of(box.text, taken), origin, known))
    return tuple(found)


def _definition(box: OwnBox, identifier: str, origin: str, known: Catalogue) -> BoxDefinition:
    requirements = (known.find(name) for name in box.requirements)
    return BoxDefinition(
        id=identifier,
        document=origin or "the configuration",
        section=_SECTION,
        text=box.text,
        profile=box.profile,
        requirements=tuple(entry.id for entry in requirements if entry is not None),
        targets=box.targets,
        manual="" if box.requirements or box.targets else "the project sees to it",
        own=True,
    )


def _unknown(box: OwnBox, index: int, origin: str, known: Catalogue) -> Iterator[Problem]:
    for name in box.requirements:
        if known.find(name) is None:
            excluded = known.excluded.get(name.upper(), "")
            yield Problem(
                where=origin,
                line=box.line,
                key=f"boxes[{index}].requirements",
                found=f"`{name}`" + (f", which is not judged: {excluded}" if excluded else ""),
                expected="the id of a requirement",
                closest="" if excluded else known.closest(name),
                hint="`chatproof list requirements` shows all ids; a box without any is manual",
            )


def _id_of(text: str, taken: set[str]) -> str:
    """An id that stays the same when boxes are added, with a number where another has it."""
    bare = "own-" + (_NO_WORD.sub("-", text.casefold()).strip("-")[:_LONGEST_ID].rstrip("-") or "box")
    number = 2
    found = bare
    while found in taken:
        found, number = f"{bare}-{number}", number + 1
    return found
