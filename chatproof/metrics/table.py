"""Every metric of a load run by name: its unit, what it is, and what OpenTelemetry calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["METRICS", "Metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """
    One metric.

    `kind` says what is known of it in a run: a `series` (a value per stream, request or message), a `pool` (values
    counted in steps of 0.1 ms), a `share`, a `spread` (the mean of one share per stream) or one `figure`. `unit` is the
    base unit: `ns`, `B`, `%`, `1/s`, `USD` or `1`. `otel` is OpenTelemetry's name for it, or empty.
    """

    name: str
    kind: Literal["series", "pool", "share", "spread", "figure"]
    unit: str
    definition: str
    otel: str = ""


_GEN_AI = "gen_ai.client."
_SERIES: Final = (
    ("headers", "From the last byte of the request to the whole head of the answer.", ""),
    ("first_frame", "From the last byte of the request to the first frame, comments included.", ""),
    (
        "ttft",
        (
            "From the last byte of the request to the first event with generated text. A stream that failed counts as "
            "infinite."
        ),
        f"{_GEN_AI}operation.time_to_first_chunk",
    ),
    ("ttft_sched", "The same from the moment at which the turn was due in an open loop.", ""),
    (
        "tpot",
        (
            "From the first token to the last, divided by the tokens after the first; their number is that of "
            "`usage`, or else of token events."
        ),
        "gen_ai.server.time_per_output_token",
    ),
    (
        "e2e",
        (
            "From the last byte of the request to the event that ends the answer. A stream without it counts as "
            "infinite; one that we ended after it had taken twice as long as any other counts with that time."
        ),
        f"{_GEN_AI}operation.duration",
    ),
    ("e2e_sched", "The same from the moment at which the turn was due in an open loop.", ""),
    (
        "silence_max",
        "The longest time without a byte on an open stream. Streams that failed count with what was seen of them.",
        "",
    ),
    (
        "gap.worst",
        (
            "The longest time between two tokens of a stream. Streams that failed count with what was seen of them, up "
            "to their end."
        ),
        "",
    ),
    (
        "heartbeat.gap",
        (
            "The longest time of a stream without a heartbeat: between two, from its head to the first, from the last "
            "to its end. Streams count that had one, or were open for an interval; also those that failed, with what "
            "was seen of them."
        ),
        "",
    ),
    (
        "push",
        (
            "From sending a message to its arrival at a subscriber; infinite where it did not come in time, and where "
            "the subscription had failed."
        ),
        "",
    ),
    ("push.first", "From sending a message to its arrival at the first subscriber.", ""),
    ("push.median", "From sending a message to its arrival at the subscriber in the middle.", ""),
    ("push.last", "From sending a message to its arrival at the last subscriber; infinite where one got nothing.", ""),
    ("push.spread", "From a message's arrival at the first subscriber to that at the last.", ""),
    ("resume.delay", "From a forced drop to the head of the stream that replaces it.", ""),
    (
        "resume.catch_up",
        "From a forced drop to the arrival of the last id that was missed; drops without any are not counted.",
        "",
    ),
    ("poll", "From the last byte of a poll's request to the end of its answer.", "http.client.request.duration"),
    ("session", "The same of a request that creates a session.", "http.client.request.duration"),
    ("refresh", "The same of a request that refreshes a session.", "http.client.request.duration"),
    ("token", "The same of a request for a token.", "http.client.request.duration"),
    ("generate", "The same of a request that has the backend generate.", "http.client.request.duration"),
    ("probe", "The same of the slow-rate probe beside the load.", "http.client.request.duration"),
    ("memory", "What the memory retrieval of a turn took, as the backend tells it.", ""),
)
_BYTES: Final = (
    ("bytes_per_message", "Body bytes of a stream divided by its tokens, or by the messages that it delivered."),
    ("bytes_per_stream", "Body bytes of a stream that ended well."),
)
_POOLS: Final = (
    (
        "gap",
        "The time between two successive tokens of a stream, of all streams together.",
        f"{_GEN_AI}operation.time_per_output_chunk",
    ),
    ("heartbeat.interval", "The time between two successive heartbeats, of all streams together.", ""),
    ("heartbeat.jitter", "How far that is from the declared interval.", ""),
    ("lag.read", "The generator's own: from the kernel's receipt of bytes to their read.", ""),
    ("lag.send", "The generator's own: how late a request left by its own doing.", ""),
    ("lag.loop", "The generator's own: how late a timer of 10 ms is called.", ""),
)
_SHARES: Final = (
    (
        "survival_5m",
        (
            "Of the streams that were planned to stay open for five minutes, those that were open and correct for so "
            "long. Streams that the plan ended before are left out."
        ),
    ),
    (
        "error_rate",
        (
            "Of the streams (or requests, where there are no streams) those that failed. Turns that we ended are left "
            "out, unless they had hung: nothing for 5 s, and for twice as long as any that ended well. Streams that "
            "are meant to stay open count while they are."
        ),
    ),
    (
        "retry_rate.client",
        "Of the streams those that a client has to try again: 5xx, 408, 425, 429, cut, silent, or sent more than once.",
    ),
    ("retry_rate.provider", "Of the streams those for which the backend tells a retry of its own provider."),
    (
        "early_loss",
        (
            "Of the streams that had begun those that were lost before their end: cut, reset, silent for too long, or "
            "over without their last event. Those that told an error, took too long, or were ended by us are not lost."
        ),
    ),
    ("stall", "Of the streams with tokens those with a time of more than 1 s between two."),
    ("delivery_ratio", "Of all pairs of message and subscriber those in which the message came in time."),
    ("attainment", "Of the streams those that ended well and kept every target that can be judged on one stream."),
    ("burst_ratio", "Of all times between two tokens those below 1 ms: tokens that were held back and came together."),
)
_FIGURES: Final = (
    (
        "heartbeat.missed",
        "1",
        "Heartbeats that did not come: silences in declared intervals, rounded, less one; streams as in heartbeat.gap.",
        "",
    ),
    (
        "violations",
        "1",
        "Streams that broke a MUST of `check`, of those that were whole and judged by it (`judged_share`).",
        "",
    ),
    ("push.doubles", "1", "Deliveries of a message that the subscriber had already.", ""),
    ("push.reorders", "1", "Deliveries of a message after a later one of the same publisher.", ""),
    (
        "resume.missing",
        "1",
        "Ids that never came after a forced drop; infinite where no stream could be resumed after one.",
        "",
    ),
    ("resume.doubles", "1", "Ids that came twice after a forced drop.", ""),
    ("resume.reorders", "1", "Ids that came out of order after a forced drop.", ""),
    (
        "concurrency",
        "1",
        (
            "The most streams that were open at one moment, exactly. A stream counts from its first token (a "
            "subscription from its first frame) to its end, and only if it did not fail."
        ),
        "",
    ),
    ("concurrency.mean", "1", "The same as a mean over the time that is judged.", ""),
    (
        "goodput",
        "1/s",
        "Streams that ended well and kept every target that can be judged on one stream, by the time that is judged.",
        "",
    ),
    (
        "tokens",
        "1",
        "Generated tokens, warm-up included: those of `usage`, or else token events.",
        f"{_GEN_AI}token.usage",
    ),
    ("cost", "USD", "What the turns cost, warm-up included, as `usage` tells it.", ""),
    ("backend.rss", "B", "The most resident memory of the backend under load.", "process.memory.usage"),
    (
        "backend.cpu",
        "1",
        "The CPU of the backend under load in shares of one core, on average.",
        "process.cpu.utilization",
    ),
    ("backend.open_files", "1", "The most open files of the backend under load.", "process.open_file_descriptor.count"),
    ("rss_per_connection", "B", "The slope of the backend's memory over open streams, by least squares.", ""),
    ("rss_per_slow_reader", "B", "The same over open streams whose reader is slow.", ""),
    ("rss.left", "B", "The backend's memory after all streams are closed, less that before the first.", ""),
    ("open_files.left", "1", "The backend's open files after all streams are closed, less those before the first.", ""),
)
_UPTIME: Final = Metric(
    name="uptime",
    kind="spread",
    unit="%",
    definition="The part of its planned time for which a stream was up, as a mean over all streams.",
)


def _table() -> Mapping[str, Metric]:
    made = [
        *(Metric(name=name, kind="series", unit="ns", definition=told, otel=otel) for name, told, otel in _SERIES),
        *(Metric(name=name, kind="series", unit="B", definition=told) for name, told in _BYTES),
        *(Metric(name=name, kind="pool", unit="ns", definition=told, otel=otel) for name, told, otel in _POOLS),
        *(Metric(name=name, kind="share", unit="%", definition=told) for name, told in _SHARES),
        _UPTIME,
        *(
            Metric(name=name, kind="figure", unit=unit, definition=told, otel=otel)
            for name, unit, told, otel in _FIGURES
        ),
    ]
    return {metric.name: metric for metric in made}


METRICS: Final[Mapping[str, Metric]] = _table()
"""All metrics by name, in the order in which they are listed."""
