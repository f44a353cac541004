"""What is known of a load while it runs, for a line of progress: kept up with each record, judged by nobody."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatproof.samples.records import Health, Mark, Record, Sample

__all__ = ["Tally"]

_MASTER = "master"
_LEFT_OUT = frozenset({"publish", "probe"})


@dataclass(slots=True)
class Tally:
    """
    Counts of a run so far.

    `users` and `streams` are those of each process by its last word. `first_tokens` holds times to the first token in
    nanoseconds, `other` what requests without tokens took. `causes` counts failures.
    """

    turns: int = 0
    failed: int = 0
    users: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    first_tokens: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    causes: dict[str, int] = field(default_factory=dict)
    last_mark: str = ""

    def add(self, record: Record) -> None:
        """Takes a record into account."""
        if isinstance(record, Sample):
            self._sample(record)
        elif isinstance(record, Health):
            if record.process != _MASTER:  # it counts the users of its workers
                self.users[record.process] = record.users
                self.streams[record.process] = record.streams
        elif isinstance(record, Mark):
            self.last_mark = record.what

    def _sample(self, sample: Sample) -> None:
        if sample.operation in _LEFT_OUT:
            return
        self.turns += 1
        if sample.cause:
            self.failed += 1
            self.causes[sample.cause] = self.causes.get(sample.cause, 0) + 1
        elif sample.sent_ns is not None and sample.token_ns is not None:
            self.first_tokens.append(sample.token_ns - sample.sent_ns)
        elif sample.sent_ns is not None:
            self.other.append(sample.end_ns - sample.sent_ns)

    def line(self) -> str:
        """One line: users, streams, turns, errors, and the median so far."""
        parts = [
            _count(sum(self.users.values()), "user"),
            f"{_count(sum(self.streams.values()), 'stream')} open",
            f"{self.turns} ended",
        ]
        if self.failed:
            worst = max(self.causes, key=lambda cause: self.causes[cause])
            parts.append(f"{self.failed} failed (most: {worst})")
        name, times = ("ttft", self.first_tokens) if self.first_tokens else ("answer", self.other)
        if times:
            parts.append(f"{name} p50 {sorted(times)[(len(times) - 1) // 2] / 1e6:.0f} ms")
        return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
