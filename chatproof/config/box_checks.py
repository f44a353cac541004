"""What `[[boxes]]` must say: a text, targets that can be read, a profile that there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatproof.closest import closest
from chatproof.config.box_keys import OwnBox
from chatproof.config.checks import TableCheck
from chatproof.config.expansion import UnsetVariableError, expand
from chatproof.config.problems import ConfigError, shown
from chatproof.config.profile_keys import PROFILES
from chatproof.config.sources import find, lay_over
from chatproof.config.tables import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chatproof.own import Own

__all__ = ["Boxes", "load_boxes", "own_boxes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """
    A user's own boxes, and what stands beside them in the configuration of that name (empty: there is none).

    `url` and `build` are the backend's (empty: not named), `own` are the user's own requirements.
    """

    boxes: tuple[OwnBox, ...]
    origin: str
    url: str
    build: str
    own: Own | None


def load_boxes(path: Path | None, *, env: Mapping[str, str], environment_name: str | None, cwd: Path) -> Boxes:
    """
    The boxes of the configuration and what they need to be judged by earlier runs; nothing else of it is read.

    Raises `ConfigError`.
    """
    from chatproof.config.load import own_of  # noqa: PLC0415 - it imports this module

    source = find(path, env, cwd)
    table = lay_over(source, environment_name)
    reader = Reader(where=source.name or "the configuration", base=source.base, variables=env)
    boxes = own_boxes(reader, table.get("boxes", []), PROFILES)
    own = own_of(reader, table)
    backend = table.get("backend")
    named = backend if isinstance(backend, dict) else {}
    build = env.get("CHATPROOF_BUILD") or _expanded(reader, str(named.get("build", "")), env)
    if reader.problems:
        raise ConfigError(*reader.problems)
    return Boxes(
        boxes=boxes,
        origin=source.name,
        url=str(env.get("CHATPROOF_URL") or named.get("url", "")),
        build=build,
        own=own,
    )


def _expanded(reader: Reader, build: str, env: Mapping[str, str]) -> str:
    """The build with its variables replaced; one that is not set is noted in the reader."""
    try:
        return expand(build, env)[0]
    except UnsetVariableError as error:
        expected = f"the environment variable {error.name} to be set"
        reader.problem(
            "backend.build", f"`${{{error.name}}}`, which is not set", expected, hint=f"export {error.name}=..."
        )
        return ""


def own_boxes(reader: Reader, entries: object, kinds: Mapping[str, type[Any]]) -> tuple[OwnBox, ...]:
    """The boxes in the order of the file, each with its line; what is wrong with them is noted in the reader."""
    if not isinstance(entries, list):
        reader.problem("boxes", shown(entries), "a list of tables", hint="write each one below a line [[boxes]]")
        return ()
    found = []
    for index, entry in enumerate(entries):
        path = f"boxes[{index}]"
        box = reader.table(OwnBox, entry, path)
        if box is not None:
            _check(reader, path, box, kinds)
            found.append(replace(box, line=reader.lines.get(path, 0)))
    return tuple(found)


def _check(reader: Reader, path: str, box: OwnBox, kinds: Mapping[str, type[Any]]) -> None:
    hint = 'text = "The on-call rota knows of the release", and requirements or targets that tick it'
    TableCheck(reader, path, box).needs("text", "what the box says", hint)
    if box.profile and box.profile not in kinds:
        reader.problem(
            f"{path}.profile",
            f'"{box.profile}"',
            f"one of {', '.join(kinds)}",
            closest=closest(box.profile, kinds),
            hint="without `profile` the box concerns all that are declared",
        )
    _check_targets(reader, path, box)


def _check_targets(reader: Reader, path: str, box: OwnBox) -> None:
    from chatproof.checklist.target_findings import target_of  # noqa: PLC0415 - it imports keys
    from chatproof.targets.expression import TargetError  # noqa: PLC0415 - it imports keys

    for text in box.targets:
        try:
            target_of(text)
        except TargetError as error:
            found = f'{error.found} in "{error.text}" (character {error.place + 1})'
            hint = 'targets = ["e2e.p95 < 8s"]; `chatproof list metrics` shows what there is'
            reader.problem(f"{path}.targets", found, error.expected, closest=error.closest, hint=hint)
