"""The targets that the documents of the profiles state."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DOCUMENT_TARGETS", "DocumentTarget"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTarget:
    """
    One number of a document, as a target of a profile's workloads.

    In `condition`, `{silence}` stands for 1.5 heartbeat intervals and `{generate}` for the declared timeout. `row` is
    the row of the catalogue (empty: none of its own), `statement` what it says, `source` where the document says so.
    """

    name: str
    condition: str
    profile: str
    workloads: tuple[str, ...]
    statement: str
    source: str
    row: str = ""
    level: str = "MUST"
    least: int = 0


_AI = "AI chat guide, Performance Targets"
_AGENT = "Agent stream guide"
_TURNS = ("chat-turns", "soak", "client-aborts")


def _ai(
    name: str, condition: str, statement: str, row: str, *, workloads: tuple[str, ...] = _TURNS, level: str = "MUST"
) -> DocumentTarget:
    return DocumentTarget(
        name=name,
        condition=condition,
        profile="ai-chat",
        workloads=workloads,
        statement=statement,
        source=_AI,
        row=row,
        level=level,
    )


_SOAK = ("soak",)
_WITH_MEMORY = ("chat-turns", "client-aborts")

DOCUMENT_TARGETS: tuple[DocumentTarget, ...] = (
    _ai("ttft.p95", "< 350ms", "The first token of a turn without memory comes within 350 ms.", "AICHAT-PERF-01"),
    _ai(
        "ttft[memory].p95",
        "< 500ms",
        "The first token of a turn with memory comes within 500 ms.",
        "AICHAT-PERF-02",
        workloads=_WITH_MEMORY,
    ),
    _ai(
        "memory.p95",
        "< 200ms",
        "Memory is retrieved within 200 ms.",
        "AICHAT-PERF-03",
        workloads=_WITH_MEMORY,
        level="SHOULD",
    ),
    _ai("survival_5m", "> 99%", "Streams of five minutes end as planned.", "AICHAT-PERF-04", workloads=_SOAK),
    _ai("uptime", "> 99%", "Streams of five minutes are up all the time.", "AICHAT-PERF-04", workloads=_SOAK),
    _ai("concurrency", ">= 100", "A hundred streams are served at once.", "AICHAT-PERF-05", workloads=_SOAK),
    _ai("error_rate", "< 1%", "Fewer than 1 % of the requests fail.", "AICHAT-PERF-06"),
    _ai(
        "retry_rate.client",
        "< 5%",
        "Fewer than 5 % of the requests are tried again by the client.",
        "AICHAT-PERF-07",
        level="SHOULD",
    ),
    _ai(
        "retry_rate.provider",
        "< 5%",
        "Fewer than 5 % of the requests are tried again at the provider.",
        "AICHAT-PERF-07",
        level="SHOULD",
    ),
    _ai(
        "heartbeat.gap.max",
        "< {silence}",
        "Under load no heartbeat is later than one and a half intervals.",
        "AICHAT-PERF-08",
        workloads=_SOAK,
        level="SHOULD",
    ),
    DocumentTarget(
        name="open_files.left",
        condition="< 10",
        profile="ai-chat",
        workloads=("client-aborts",),
        statement="After 200 streams that users left, the backend holds no more open files than before.",
        source="AI chat guide, Production Hardening Features",
        row="AICHAT-DISC-02",
        least=200,
    ),
    DocumentTarget(
        name="rss_per_slow_reader",
        condition="< 1MB",
        profile="ai-chat",
        workloads=_TURNS,
        statement="A client that stops reading costs the backend less than 1 MB.",
        source="AI chat guide, Connection Drops/Timeouts",
        row="AICHAT-DISC-03",
        level="SHOULD",
    ),
    DocumentTarget(
        name="push.p95",
        condition="< 100ms",
        profile="agent-stream",
        workloads=("fan-out",),
        statement="A message reaches a subscriber within 100 ms.",
        source=f"{_AGENT}, Performance Metrics",
        row="AGENT-LAT-01",
    ),
    DocumentTarget(
        name="rss_per_connection",
        condition="< 50kB",
        profile="agent-stream",
        workloads=("fan-out",),
        statement="A connection costs the backend less than 50 kB.",
        source=f"{_AGENT}, Performance Metrics",
        row="AGENT-LAT-02",
        level="SHOULD",
    ),
    DocumentTarget(
        name="open_files.left",
        condition="< 10",
        profile="agent-stream",
        workloads=("fan-out",),
        statement="After a hundred streams were closed, the backend holds no more open files than before.",
        source=f"{_AGENT}, Performance Metrics",
        row="AGENT-LIFE-01",
    ),
    DocumentTarget(
        name="heartbeat.gap.max",
        condition="< {silence}",
        profile="agent-stream",
        workloads=("fan-out",),
        statement="No heartbeat is later than one and a half intervals.",
        source=f"{_AGENT}, Step 5: Monitor and Verify",
    ),
    DocumentTarget(
        name="generate.max",
        condition="< {generate}",
        profile="agent-stream",
        workloads=("fan-out",),
        statement="Messages are generated before the cron job gives up.",
        source=f"{_AGENT}, Step 4: Set Up Message Generation",
    ),
    *(
        DocumentTarget(
            name=name,
            condition="<= 0",
            profile=profile,
            workloads=("reconnect",),
            statement=statement,
            source="HTML Living Standard, 9.2.4 The Last-Event-ID header",
            level="SHOULD",
        )
        for profile in ("agent-stream", "ai-chat")
        for name, statement in (
            ("resume.missing", "A stream that is resumed brings all that was missed."),
            ("resume.doubles", "A stream that is resumed brings nothing again."),
        )
    ),
    DocumentTarget(
        name="session.p95",
        condition="< 5s",
        profile="chatkit",
        workloads=("chatkit-sessions",),
        statement="A session is there before the page gives up, after 5 s.",
        source='ChatKit guide, Issue 4: "Backend Not Responding" or Timeout',
    ),
    DocumentTarget(
        name="token.p95",
        condition="< 500ms",
        profile="stream-chat",
        workloads=("token-storm",),
        statement="A token is there within 500 ms.",
        source="Stream Chat guide, Performance Metrics",
        row="STREAM-PERF-01",
        level="SHOULD",
    ),
    DocumentTarget(
        name="poll.p95",
        condition="< 500ms",
        profile="hybrid",
        workloads=("polling",),
        statement="A poll is answered within 500 ms.",
        source="Hybrid plan, polling every 2 s",
        row="HYBRID-POLL-08",
        level="SHOULD",
    ),
    DocumentTarget(
        name="error_rate",
        condition="< 1%",
        profile="hybrid",
        workloads=("polling",),
        statement="Fewer than 1 % of the polls fail.",
        source="Hybrid plan, polling every 2 s",
        row="HYBRID-POLL-08",
        level="SHOULD",
    ),
)
"""All of them, in the order of the documents."""
