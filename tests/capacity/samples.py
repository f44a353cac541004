"""Rungs by hand: streams one after the other, and the health of the process that sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.capacity.scale import scale_of
from chatproof.capacity.weighing import Weighed, weighed
from chatproof.load_plan import Plan
from chatproof.samples.collected import Collected
from chatproof.samples.records import End, Health, Pool, Start
from chatproof.targets import parse_target
from support.load_samples import turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.samples.records import Record, Sample

__all__ = ["SECONDS", "collected", "rung", "streams"]

SECONDS = 8.0
WARM_UP = 2.0
TARGETS = (parse_target("ttft.p95", "< 350ms"), parse_target("error_rate", "< 1%"))


def streams(number: int, *, lasts: float = 0.5, pause: float = 0.0, **fields: Any) -> Iterator[Sample]:
    """So many streams under way from 0.1 s to the end of the rung, each followed by the next at once."""
    for user in range(number):
        start = 0.1 + lasts * user / number
        while start < SECONDS:
            end = min(start + lasts, SECONDS)
            cut = {"censored": True, "end_ns": round(end * 1e9), "terminal_ns": None} if end < start + lasts else {}
            more = {"user": user, "warm_up": start < WARM_UP, **fields, **cut}
            yield turn(start, ttft=more.pop("ttft", 0.1), lasts=lasts, **more)
            start += lasts + pause


def collected(samples: list[Sample], *, counted: int, late_ns: int = 100_000) -> Collected:
    """The records of one process that counted so many streams in each second, and whose timers were so late."""
    records: list[Record] = [Start(process="local", cores=2, kernel=True, file_limit=4096), *samples]
    records += [
        Health(process="local", at_ns=round(second * 1e9), seconds=1.0, cpu=0.2, streams=counted)
        for second in range(1, int(SECONDS))
    ]
    for metric in ("lag.loop", "lag.send"):
        records.append(Pool(metric=metric, counts={str(late_ns // 100_000): 500}, process="local"))
    records.append(End(process="local", at_ns=round(SECONDS * 1e9), samples=len(samples)))
    return Collected(records)


def rung(
    samples: list[Sample], *, counted: int = 20, late_ns: int = 100_000, level: float = 20.0, number: int = 1
) -> Weighed:
    """The verdict on them."""
    return weighed(
        collected(samples, counted=counted, late_ns=late_ns),
        plan=Plan(users=int(level), run_time_seconds=SECONDS, warm_up_seconds=WARM_UP, think_seconds=(0.0, 0.0)),
        scale=scale_of("chat-turns", rate=False),
        targets=TARGETS,
        number=number,
        level=level,
        phase="doubling",
        proof=None,
        scrub=lambda text: text.replace("s3cret", "***"),
    )
