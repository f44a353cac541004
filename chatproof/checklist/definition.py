"""What a box says, and what ticks it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BoxDefinition", "Document", "box_of", "is_target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxDefinition:
    """
    One box of a document, or of a user's own.

    It is ticked where every one of `requirements` (ids) and `targets` (`error_rate < 1%`, with the document's own
    limit) is met, and none of `also` (ids and targets) is broken; the ids among those must have been judged, or not
    claimed. With a `capacity`, a capacity run that holds so many streams does in place of the targets.
    `streams_at_once` is how many streams a load must have had under way for its targets to count. `at_most` bounds keys
    that the profile declares (heartbeat in seconds). `beyond` says what of the box is not seen from outside, and what
    it would take: then it is never ticked. `manual` says what the project does: then nothing is looked at. `needs` says
    what would judge it, `remedy` what to do where a target is not met, `remark` what a tick does not say. `language` is
    that of `text` and `section` as HTML names it, empty where it is not told. `own` is a user's own box. Without a
    `profile` it speaks of all that are declared.
    """

    id: str
    document: str
    section: str
    text: str
    profile: str = ""
    translation: str = ""
    requirements: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    capacity: int = 0
    streams_at_once: int = 0
    at_most: Mapping[str, float] = field(default_factory=dict)
    beyond: str = ""
    manual: str = ""
    needs: str = ""
    remedy: str = ""
    remark: str = ""
    own: bool = False
    language: str = ""

    @property
    def all_targets(self) -> tuple[str, ...]:
        """Every target that it names, as it is written."""
        return (*self.targets, *(name for name in self.also if is_target(name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with boxes; they concern the backends that declare its profile."""

    title: str
    profile: str
    boxes: tuple[BoxDefinition, ...]

    @property
    def declare(self) -> str:
        """The line that would declare its profile."""
        return f"[profiles.{self.profile}]"


def box_of(table: Mapping[str, Any], *, document: str, profile: str, language: str = "") -> BoxDefinition:
    """The box that a table of a document's file says; ValueError for a key that there is not, or a box of nothing."""
    unknown = sorted(set(table) - {entry.name for entry in fields(BoxDefinition)})
    if unknown:
        raise ValueError(f"{table.get('id')}: a box has no {unknown[0]!r}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    box = BoxDefinition(document=document, profile=profile, language=language, **values)
    if bool(box.manual) == bool(box.requirements or box.targets or box.beyond):
        raise ValueError(f"{box.id}: a box is either manual, or names what ticks it")
    return box


def is_target(name: str) -> bool:
    """It is a target as it is written (`error_rate < 1%`), and no id of a requirement."""
    return "<" in name or ">" in name
