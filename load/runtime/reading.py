"""Reads one event stream as it arrives, and fills its sample: moments, gaps, heartbeats, usage, cause."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .recorder import POOL_STEP_NS
from .settling import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.samples.records import Sample

    from ..client.exchange import Answer
    from .recorder import Recorder
    from .rules import Rules

__all__ = ["STALL_NS", "StreamReading"]

STALL_NS = 1_000_000_000
"""A gap between two tokens that is longer than this is a stall."""

LINGER_NS = 2_000_000_000


class StreamReading:
    """
    The listener of one stream, in constant memory.

    Tokens, heartbeats, usage and the terminal event fill the sample as the rules of the profile say; JSON is parsed
    only for tokens until one has text, for the usage, and for the end. What is none of these goes to `on_event`
    (name, data, id, arrival), which returns True to have the stream closed. `leave_after` ends the stream after so many
    tokens (0: never), as a user does who leaves early; `leave_at_text` ends it at the first token with text, which is
    then all that was wanted. `stop` has it closed at its next frame, and counted as censored.
    `frames` counts frames; `first_ns` is the arrival of the first, `token_ns` that of the first token with text, both
    on the monotonic clock, None before.
    """

    def __init__(
        self,
        sample: Sample,
        recorder: Recorder,
        rules: Rules,
        *,
        on_event: Callable[[bytes, bytes, bytes, int], bool] | None = None,
        leave_after: int = 0,
        leave_at_text: bool = False,
    ) -> None:
        self.sample = sample
        self.rules = rules
        self.frames = 0
        self.first_ns: int | None = None
        self.token_ns: int | None = None
        self.terminal_ns: int | None = None
        self.error = ""
        self.stopped = False
        self.left = False
        self.leave_at_text = leave_at_text
        self.head_ns: int | None = None
        self.content_type = ""
        self._recorder = recorder
        self._on_event = on_event
        self._leave_after = leave_after
        self._token = rules.token or None
        self._last_ns = 0
        self._tokens = 0
        self._gap_max_ns = -1
        self._gaps = recorder.pool("gap")
        self._beat_ns: int | None = None
        self._beat_named = False

    def stop(self) -> None:
        """Has the stream closed at its next frame; it counts as censored unless it is complete by then."""
        self.stopped = True

    def head(self, status: int, headers: list[tuple[str, str]], at_ns: int) -> bool:
        """Takes the head; an answer that is no success is read to its end, so that the connection can be kept."""
        self.head_ns = at_ns
        self.sample.status = status
        self.content_type = next((value for name, value in headers if name == "content-type"), "")
        return self.stopped

    def event(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        """Takes one event: the hot path."""
        self.frames += 1
        if name == self._token and self._last_ns and self.terminal_ns is None:
            gap = at_ns - self._last_ns
            self._last_ns = at_ns
            self._tokens += 1
            self._gaps[gap // POOL_STEP_NS] += 1
            self._gap_max_ns = max(self._gap_max_ns, gap)
            if gap > STALL_NS:
                self.sample.stalls += 1
            if self._leave_after and self._tokens >= self._leave_after:
                self.left = True
            return self.stopped or self.left
        return self._other(name, data, identifier, at_ns)

    def comment(self, text: bytes, at_ns: int) -> bool:
        """Takes one comment, which may be a heartbeat."""
        self.frames += 1
        if self.terminal_ns is not None:
            return self.stopped or at_ns - self.terminal_ns > LINGER_NS
        if self.first_ns is None:
            self.first_ns = at_ns
            greeting = True
        else:
            greeting = False
        lowered = text.lower()
        if any(word in lowered for word in self.rules.beat_words):
            self._beat_named = True
            self.beat(at_ns)
        elif not greeting and not self._beat_named:
            self.beat(at_ns)
        return self.stopped

    def beat(self, at_ns: int) -> None:
        """Takes one heartbeat."""
        sample = self.sample
        if self._beat_ns is not None:
            self._recorder.count("heartbeat.interval", at_ns - self._beat_ns)
        self._without_beat(at_ns)
        sample.beats += 1
        self._beat_ns = at_ns

    def finish(self, answer: Answer) -> Sample:
        """Moves the answer's facts into the sample, settles its cause, and returns it; it is not handed in yet."""
        sample, since = self.sample, self._recorder.since_start
        sample.frame_ns = None if self.first_ns is None else since(self.first_ns)
        sample.token_ns = None if self.token_ns is None else since(self.token_ns)
        sample.last_ns = since(self._last_ns) if self._last_ns else None
        sample.terminal_ns = None if self.terminal_ns is None else since(self.terminal_ns)
        sample.tokens = self._tokens
        sample.gap_max_ns = self._gap_max_ns if self._gap_max_ns >= 0 else None
        if self.head_ns is not None and self.terminal_ns is None:
            self._without_beat(max(answer.end_ns, self.head_ns))
        settle(sample, answer, self, since_start=since)
        return sample

    def _other(self, name: bytes, data: bytes, identifier: bytes, at_ns: int) -> bool:
        """Takes an event that is no further token."""
        if self.terminal_ns is not None:
            return self.stopped or at_ns - self.terminal_ns > LINGER_NS
        if self.first_ns is None:
            self.first_ns = at_ns
        rules = self.rules
        if name == self._token:
            return self._first_token(data, at_ns)
        if name in rules.beat_events:
            self.beat(at_ns)
        elif name and name == rules.usage:
            self._usage(_object(data))
        elif name and name == rules.terminal:
            self._terminal(_object(data), at_ns)
        elif name and name == rules.error:
            self.error = "the backend sent an event named error"
        elif self._on_event is not None:
            return self._on_event(name, data, identifier, at_ns) or self.stopped
        return self.stopped

    def _first_token(self, data: bytes, at_ns: int) -> bool:
        self._tokens += 1
        text = _object(data).get(self.rules.text_field)
        if isinstance(text, str) and text:
            self.token_ns = self._last_ns = at_ns
            self.left = self.leave_at_text
        if self._leave_after and self._tokens >= self._leave_after:
            self.left = True
        return self.stopped or self.left

    def _usage(self, usage: dict[str, Any]) -> None:
        sample, rules = self.sample, self.rules
        sample.tokens_in = _count(usage.get("tokens_in"))
        sample.tokens_out = _count(usage.get("tokens_out"))
        cost = usage.get("cost_usd")
        sample.cost_usd = float(cost) if cost is not None and _is_number(cost) else None
        memory_ms = _deep(usage, rules.memory_field)
        if _is_number(memory_ms):
            sample.memory_ns = int(memory_ms * 1e6)
        sample.provider_retries = _count(_deep(usage, rules.retry_field))

    def _terminal(self, data: dict[str, Any], at_ns: int) -> None:
        self.terminal_ns = at_ns
        self._without_beat(at_ns)
        if data.get("finish_reason") == "error":
            self.error = "the answer ended with finish_reason error"

    def _without_beat(self, at_ns: int) -> None:
        """Accounts for the time since the last heartbeat, or since the head where there was none."""
        since = self._beat_ns if self._beat_ns is not None else self.head_ns
        if since is None:
            return
        sample, gap, interval = self.sample, at_ns - since, self.rules.heartbeat_ns
        if sample.beat_gap_max_ns is None or gap > sample.beat_gap_max_ns:
            sample.beat_gap_max_ns = gap
        if interval:
            sample.beats_missed += max(0, round(gap / interval) - 1)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _deep(value: Any, path: str) -> Any:
    """The field that a path with dots names; None where there is none, or no path."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _count(value: object) -> int | None:
    return int(value) if _is_number(value) else None  # type: ignore[call-overload]  # it is a number
