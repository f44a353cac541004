"""Samples of load runs, made by hand: a stream in seconds, and whole runs that are reproducible by seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from chatproof.samples import End, Health, Mark, Pool, Sample, Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.samples import Record

__all__ = ["ns", "steady_run", "turn"]


def ns(seconds: float | None) -> int | None:
    """Nanoseconds of seconds; None stays None."""
    return None if seconds is None else round(seconds * 1e9)


def turn(
    start: float = 10.0, *, ttft: float | None = 0.2, lasts: float = 2.0, operation: str = "turn", **fields: Any
) -> Sample:
    """A stream that began at `start`: sent after 1 ms, head after 10 ms more; tokens until its end after `lasts`."""
    sent, token = start + 0.001, None if ttft is None else start + 0.001 + ttft
    values: dict[str, Any] = {
        "workload": "chat-turns",
        "process": "local",
        "start_ns": ns(start),
        "sent_ns": ns(sent),
        "headers_ns": ns(sent + 0.01),
        "frame_ns": ns(sent + 0.02),
        "token_ns": ns(token),
        "last_ns": None if token is None else ns(start + lasts - 0.01),
        "terminal_ns": None if token is None else ns(start + lasts - 0.005),
        "end_ns": ns(start + lasts),
        "status": 200,
        "tokens": 40,
        "bytes": 4000,
        "wire_bytes": 4400,
        "reads": 42,
        "kernel": True,
        **fields,
    }
    return Sample(operation=operation, **values)


def steady_run(samples: int, *, users: int = 500, seconds: float = 300.0, seed: int = 1) -> Iterator[Record]:
    """A sound run of chat turns with memory and without, with pools and health each second."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    yield Start(process="local", cores=2, kernel=True, file_limit=4096, version="0.1.0")
    times = sorted(chance.uniform(0.0, seconds - 4.0) for _ in range(samples))
    made = []
    for number, start in enumerate(times):
        ttft = min(0.9, chance.lognormvariate(-1.6, 0.3))
        lasts = ttft + chance.uniform(0.5, 2.5)
        failed = chance.random() < 0.002
        made.append((start, start + lasts))
        fields: dict[str, Any] = {"cause": "status", "status": 503, "detail": "status 503"} if failed else {}
        yield turn(
            round(start, 6),
            ttft=None if failed else ttft,
            lasts=lasts,
            user=number % users,
            number=number // users,
            tags=("memory",) if number % 2 else ("plain",),
            warm_up=start < 5.0,
            gap_max_ns=ns(chance.uniform(0.05, 0.09)),
            silence_max_ns=ns(chance.uniform(0.1, 0.4)),
            tokens_in=12,
            tokens_out=40,
            cost_usd=0.0004,
            local_port=30000 + number % 30000,
            **fields,
        )
    starts, ends = [first for first, _last in made], sorted(last for _first, last in made)
    begun = ended = 0
    for second in range(1, int(seconds) + 1):
        while begun < len(starts) and starts[begun] <= second:
            begun += 1
        while ended < len(ends) and ends[ended] <= second:
            ended += 1
        yield Health(
            process="local",
            at_ns=second * 1_000_000_000,
            seconds=1.0,
            cpu=0.3 + 0.05 * chance.random(),
            waiting=0.003,
            lag_loop_max_ns=1_800_000,
            lag_send_max_ns=900_000,
            gc_max_ns=2_000_000,
            users=users,
            streams=begun - ended,
            rss_bytes=80_000_000,
            open_files=users + 20,
        )
        warm_up = second <= 5
        gaps = {str(step): chance.randrange(1, 200) for step in range(450, 560)}
        yield Pool(metric="gap", counts=gaps, process="local", warm_up=warm_up)
        for metric in ("lag.read", "lag.send", "lag.loop"):
            yield Pool(metric=metric, counts={"0": 80, "3": 18, "9": 2}, process="local", warm_up=warm_up)
        yield Pool(metric="heartbeat.interval", counts={"9990": 3, "10010": 4}, process="local", warm_up=warm_up)
    yield Mark(what="warm", at_ns=5_000_000_000)
    yield End(process="local", at_ns=ns(seconds) or 0, samples=samples, reason="time")
