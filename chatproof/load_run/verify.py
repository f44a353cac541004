"""The instrument put to the proof: the real generator against a server that keeps when it really wrote each event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from chatproof.load_plan import Plan
from chatproof.load_run.generator import generate
from chatproof.load_run.proof import PROOF_SCHEMA, machine_facts
from chatproof.load_run.validity import validity
from chatproof.load_run.verify_level import FORMS, Level, made_at, measure_level
from chatproof.loading import load
from chatproof.samples.codec import RecordError, decode
from chatproof.samples.collected import Collected

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from chatproof.load_run.supervision import Generated

__all__ = [
    "DEFAULT_LEVELS",
    "QUICK_LEVELS",
    "Told",
    "plan_of",
    "proof_document",
    "record_level",
    "run_level",
    "verify",
]

_ALL_AT_ONCE: Final = 1e6

DEFAULT_LEVELS: Final = (
    Level(streams=50),
    Level(streams=100),
    Level(streams=250),
    Level(streams=100, at_once=True),
    Level(streams=21, forms=FORMS),
)
QUICK_LEVELS: Final = (Level(streams=50, seconds=3.0, events=20),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the generator and the server have told of one level; `state` is the server's, `unreadable` counts lines."""

    collected: Collected
    generated: Generated
    rows: Sequence[Mapping[str, Any]]
    state: Mapping[str, int]
    unreadable: int = 0


def verify(
    levels: Sequence[Level] = (),
    *,
    quick: bool = False,
    stop: threading.Event,
    on_level: Callable[[Mapping[str, Any]], None] = lambda _level: None,
) -> dict[str, Any]:
    """
    Measures one level after the other, and returns the proof (`proof_document`).

    Without levels they are `DEFAULT_LEVELS`, or `QUICK_LEVELS` where it is to be `quick` (about 5 s, for before a
    load). `on_level` is called with each level when it is done. When `stop` is set the level under way is ended and
    left out. TruthServerError where the server does not start.
    """
    found = []
    for level in levels or (QUICK_LEVELS if quick else DEFAULT_LEVELS):
        document = run_level(level, stop=stop)
        if stop.is_set():
            break
        found.append(document)
        on_level(document)
    return proof_document(found, quick=quick)


def proof_document(levels: Sequence[Mapping[str, Any]], *, quick: bool = False) -> dict[str, Any]:
    """
    The proof of some levels, as JSON values.

    `valid` says that there is a level and that all were measured as they should be, `within` that all errors keep their
    limits too.
    """
    valid = bool(levels) and all(level["valid"] for level in levels)
    return {
        "schema": PROOF_SCHEMA,
        "made_at": made_at(),
        "machine": machine_facts(),
        "quick": quick,
        "valid": valid,
        "within": valid and all(level["within"] for level in levels),
        "levels": list(levels),
    }


def run_level(level: Level, *, stop: threading.Event) -> dict[str, Any]:
    """Measures one level, and returns it as JSON values (`measure_level`)."""
    told = record_level(level, stop=stop)
    trouble = _trouble(told) or validity(told.collected, plan_of(level)).reasons
    return measure_level(level, collected=told.collected, rows=told.rows, trouble=trouble)


def record_level(level: Level, *, stop: threading.Event) -> Told:
    """Runs the generator against a ground-truth server of its own; TruthServerError where that does not start."""
    truth = load("fixtures", "truth")
    options = truth.Options(forms=level.forms, heartbeat_seconds=level.beat_seconds, events=level.events)
    collected, unreadable = Collected(), 0

    def take(line: str) -> None:
        nonlocal unreadable
        try:
            collected.add(decode(line))
        except RecordError:
            unreadable += 1

    with truth.TruthServer(options, core=level.core) as server:
        tables = {
            "backend": {"url": server.url},
            "auth": {"scheme": "none"},
            "profiles": {"ai-chat": {"heartbeat": f"{level.beat_seconds * 1e3:g}ms"}},
        }
        generated = generate(plan_of(level), config_source={"tables": tables}, on_line=take, stop=stop)
        state, rows = server.state(), server.rows()
    return Told(collected=collected, generated=generated, rows=rows, state=state, unreadable=unreadable)


def plan_of(level: Level) -> Plan:
    """The load of a level: chat turns, one after the other, or one of each user where all start at once."""
    plan = Plan(
        users=level.streams,
        spawn_rate=_ALL_AT_ONCE if level.at_once else max(1.0, level.streams / (0.5 * level.seconds)),
        run_time_seconds=level.seconds,
        warm_up_seconds=0.0,
        think_seconds=(0.0, 0.1),
        judged_share=0.0,
    )
    return replace(plan, max_turns=level.streams, think_seconds=(0.0, 0.0)) if level.at_once else plan


def _trouble(told: Told) -> list[str]:
    """Why nothing can be said, as far as the processes themselves show it."""
    found = []
    if told.generated.reason:
        last = f": {told.generated.tail[-1]}" if told.generated.tail else ""
        found.append(f"the load generator failed: {told.generated.reason}{last}")
    if told.unreadable:
        found.append(f"{told.unreadable} records cannot be read")
    if told.collected.lost:
        found.append(f"a process of the load generator was lost: {', '.join(told.collected.lost)}")
    if forgotten := told.state["forgotten"]:
        found.append(f"the ground-truth server has forgotten {forgotten} streams: measure for a shorter time")
    return found
