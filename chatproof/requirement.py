"""Requirements: one testable sentence each, as data on the function that judges it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproof.config.profile_keys import PROFILES

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.verdict import Level

__all__ = ["Requirement", "Source", "collected", "registered", "requirement", "requirement_of"]

Judge = Callable[["Case"], None]
_ATTRIBUTE = "chatproof_requirement"
_REGISTRIES: list[dict[str, Requirement]] = [{}]
"""The suite's own, and above it the one that is filled at the moment."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement comes from: a document, the section in it, and a link where one is public."""

    title: str
    section: str
    url: str = ""

    def __str__(self) -> str:
        """The document and its section, in one phrase."""
        return f"{self.title}, {self.section}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """
    One testable sentence about a backend.

    `statement` is the first sentence of the judge's docstring. `sources` begins with the decisive
    one. `example` shows bytes of a backend that meets it. `remedy` maps a stack (`any`, `fastapi`,
    `express`, `nginx`, ...) to what to change there; `any` is always present. `scenarios` name the
    recordings that the judge reads, `optional` those that it reads where the profile has them, and `means` what the
    configuration must declare on top of theirs. `aliases` are ids of the catalogue that say the same.
    `explains_control` marks the rows that may call a control turn broken: all others are not testable where the
    control failed.
    """

    id: str
    level: Level
    statement: str
    why: str
    sources: tuple[Source, ...]
    example: str
    remedy: Mapping[str, str]
    scenarios: tuple[str, ...]
    optional: tuple[str, ...] = ()
    means: tuple[str, ...]
    aliases: tuple[str, ...]
    profiles: tuple[str, ...]
    explains_control: bool
    clause: str
    judge: Judge = field(compare=False)
    definition: tuple[str, int] = field(compare=False)

    @property
    def reads(self) -> frozenset[str]:
        """The names of all scenarios that the judge may read."""
        return frozenset({*self.scenarios, *self.optional})

    def applies_to(self, profile: str, provided: Collection[str]) -> bool:
        """It holds for a profile that is named (or none is) and provides all its scenarios."""
        return (not self.profiles or profile in self.profiles) and all(name in provided for name in self.scenarios)


def requirement(
    identifier: str,
    level: Level,
    *sources: Source,
    why: str,
    example: str,
    remedy: str | Mapping[str, str],
    scenarios: tuple[str, ...] = ("turn",),
    optional: tuple[str, ...] = (),
    means: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    profiles: tuple[str, ...] = (),
    explains_control: bool = False,
) -> Callable[[Judge], Judge]:
    """
    Registers the decorated function as the judge of a requirement.

    Without `profiles` it holds for the profile whose folder it lies in, or else for every one that has its scenarios.

    The function takes a `Case` and returns where the requirement is met; else it raises
    `Failure`, `NotTestable` or `NotClaimed`. The first sentence of its docstring is the statement.
    """

    def register(judge: Judge) -> Judge:
        lines = inspect.getdoc(judge)
        if not lines:
            msg = f"the judge of {identifier} has no docstring; its first sentence is the requirement's statement"
            raise TypeError(msg)
        code = judge.__code__
        entry = Requirement(
            id=identifier,
            level=level,
            statement=" ".join(lines.split("\n\n", 1)[0].split()),
            why=why,
            sources=sources,
            example=example,
            remedy={"any": remedy} if isinstance(remedy, str) else dict(remedy),
            scenarios=scenarios,
            optional=optional,
            means=means,
            aliases=aliases,
            profiles=profiles or _profile_of(judge.__module__),
            explains_control=explains_control,
            clause=_clause(judge.__module__),
            judge=judge,
            definition=(code.co_filename, code.co_firstlineno),
        )
        _add(entry)
        setattr(judge, _ATTRIBUTE, entry)
        return judge

    return register


def requirement_of(function: object) -> Requirement | None:
    """The requirement that a function judges, if it judges one."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Requirement) else None


def registered() -> Mapping[str, Requirement]:
    """All requirements of the suite imported so far, by id, sorted."""
    return dict(sorted(_REGISTRIES[0].items()))


@contextmanager
def collected(into: dict[str, Requirement]) -> Iterator[None]:
    """Requirements that are defined within are a user's own: they go into this mapping, not into the suite's."""
    _REGISTRIES.append(into)
    try:
        yield
    finally:
        _REGISTRIES.pop()


def _profile_of(module: str) -> tuple[str, ...]:
    """The profile whose folder the module lies in; none for the folder of a standard, which holds for all."""
    *_, folder, _name = ["", "", *module.split(".")]
    profile = folder.replace("_", "-")
    return (profile,) if profile in PROFILES else ()


def _clause(module: str) -> str:
    """`chatproof.conformance.sse.test_framing` is the clause `sse/framing`."""
    *_, folder, name = ["", *module.split(".")]
    return f"{folder}/{name.removeprefix('test_')}"


def _add(entry: Requirement) -> None:
    """One file may be imported under two names (an editable install); two definitions may not share an id."""
    registry = _REGISTRIES[-1]
    known = registry.get(entry.id)
    if known is not None and known.definition != entry.definition:
        places = (":".join(map(str, at.definition)) for at in (known, entry))
        msg = f"requirement {entry.id} is defined twice: {' and '.join(places)}"
        raise ValueError(msg)
    if "any" not in entry.remedy:
        msg = f"requirement {entry.id} has no remedy for `any` stack"
        raise ValueError(msg)
    registry.setdefault(entry.id, entry)
