"""Charts of a load run, made by hand: the same names, kinds and units as the real ones."""

from __future__ import annotations

import math

from chatproof.load_facts import Chart, Line

__all__ = ["load_charts"]

WARM_UP = ("warm-up", 0.0, 5.0)
SPECTRUM = (0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0)


def load_charts() -> tuple[Chart, ...]:
    """Every chart that a load run can have, with failures, a band, limits and shaded spans."""
    return (*_ttft(), *_streams(), *_heartbeats(), *_tails(), *_health(), *_backend())


def _chart(
    name: str,
    title: str,
    kind: str,
    x: tuple[str, str],
    y: tuple[str, str],
    *lines: Line,
    note: str = "",
    **more: object,
) -> Chart:
    return Chart(
        name=name,
        title=title,
        kind=kind,
        x_label=x[0],
        x_unit=x[1],
        y_label=y[0],
        y_unit=y[1],
        lines=lines,
        note=note,
        **more,  # type: ignore[arg-type]  # limits and shaded, as they are declared
    )


def _line(name: str, points: list[tuple[float, float]], band: list[tuple[float, float, float]] | None = None) -> Line:
    return Line(name=name, points=tuple(points), band=tuple(band or ()))


def _over_time(level: float, swing: float) -> list[tuple[float, float]]:
    return [(float(at), round(level + swing * math.sin(at / 3), 2)) for at in range(1, 61)]


TIME = ("time since the start", "s")


def _ttft() -> tuple[Chart, ...]:
    plain = [(at, round(180 + 60 * -math.log10(1 - at / 100), 1)) for at in SPECTRUM]
    memory = [(at, round(240 + 95 * -math.log10(1 - at / 100), 1)) for at in SPECTRUM]
    return (
        _chart(
            "ttft_spectrum",
            "Time to first token, by percentile",
            "spectrum",
            ("percentile", "%"),
            ("time to first token", "ms"),
            _line("all", [(at, (a + b) / 2) for (at, a), (_at, b) in zip(plain, memory, strict=True)]),
            _line("memory", memory),
            _line("plain", plain),
            limits=(("ttft.p95 < 350ms", 350.0), ("ttft[memory].p95 < 500ms", 500.0)),
            shaded=(("failed", 99.2, 100.0),),
            note="n = 1,240, of which 10 failed: those lie above every value.",
        ),
        _chart(
            "ttft_over_time",
            "Time to first token over time",
            "line",
            TIME,
            ("time to first token", "ms"),
            _line("p50", _over_time(210, 12)),
            _line("p95", _over_time(330, 25)),
            _line("p99", _over_time(390, 45)),
            limits=(("ttft.p95 < 350ms", 350.0),),
            shaded=(WARM_UP,),
            note="Windows of 1 s.",
        ),
    )


def _streams() -> tuple[Chart, ...]:
    active = [(0.0, 0.0), (1.0, 20.0), (2.0, 40.0), (3.0, 60.0), (4.0, 80.0), (5.0, 100.0), (58.0, 100.0), (60.0, 0.0)]
    errors = {"status": [(12.5, 2.0), (13.5, 3.0)], "reset": [(40.5, 4.0)], "no_terminal": [(41.5, 1.0)]}
    return (
        _chart(
            "active_streams",
            "Streams under way",
            "line",
            TIME,
            ("streams", "1"),
            _line("open, average", active, [(at, value * 0.9, value) for at, value in active]),
            _line("past the first token or frame, most", [(at, value * 0.95) for at, value in active]),
            limits=(("concurrency >= 100", 100.0),),
            shaded=(WARM_UP,),
        ),
        _chart(
            "errors_over_time",
            "Failures by cause over time",
            "bar",
            TIME,
            ("failures", "1"),
            *(_line(cause, points) for cause, points in errors.items()),
            shaded=(WARM_UP,),
            note="10 of 1,240 streams failed.",
        ),
    )


def _heartbeats() -> tuple[Chart, ...]:
    bell = [(at / 10, float(round(400 * math.exp(-(((at - 100) / 4) ** 2))))) for at in range(88, 113)]
    return (
        _chart(
            "heartbeat_interval",
            "Time between two heartbeats",
            "bar",
            ("interval", "s"),
            ("intervals", "1"),
            _line("intervals", bell),
            note="n = 2,841; declared: 10 s; missed: 0.",
        ),
        _chart(
            "heartbeat_jitter",
            "Distance of heartbeats from the declared interval, by percentile",
            "spectrum",
            ("percentile", "%"),
            ("jitter", "ms"),
            _line("jitter", [(at, round(80 + 200 * -math.log10(1 - at / 100), 1)) for at in SPECTRUM]),
        ),
    )


def _tails() -> tuple[Chart, ...]:
    curve = [(0.0, 100.0), (41.0, 99.75), (120.0, 99.5), (290.0, 99.25), (300.0, 99.25)]
    pushes = [(float(number), 18.0 + 0.4 * number) for number in range(1, 26)]
    return (
        _chart(
            "survival",
            "Streams still open after so long",
            "step",
            ("time since the stream's start", "s"),
            ("streams still open", "%"),
            _line("survival", curve, [(at, value - 0.6, min(100.0, value + 0.4)) for at, value in curve]),
            limits=(("99 %", 99.0),),
            note="n = 400, of which 12 were stopped by the plan before their time (censored).",
        ),
        _chart(
            "gaps",
            "Time between two tokens, by percentile",
            "spectrum",
            ("percentile", "%"),
            ("gap", "ms"),
            _line("gaps", [(at, round(48 + 20 * -math.log10(1 - at / 100), 1)) for at in (*SPECTRUM, 99.9, 99.99)]),
            note="n = 61,480 in steps of 0.1 ms.",
        ),
        _chart(
            "push_by_subscriber",
            "Push latency per subscriber",
            "line",
            ("subscriber, slowest last", "1"),
            ("push latency", "ms"),
            _line("median", pushes),
            _line("p95", [(at, value * 1.8) for at, value in pushes]),
            limits=(("push.p95 < 100ms", 100.0),),
            note="25 subscribers, 60 messages, 1 delivery missing.",
        ),
    )


def _health() -> tuple[Chart, ...]:
    lag = ("lag", "ms")
    return (
        _chart(
            "generator_loop_lag",
            "The generator's loop lag",
            "line",
            TIME,
            lag,
            _line("worker 1", _over_time(1.2, 0.4)),
            _line("worker 2", _over_time(1.6, 0.9)),
            limits=(("limit", 100.0),),
            note="The greatest of each second.",
        ),
        _chart(
            "generator_send_lag",
            "The generator's send lag",
            "line",
            TIME,
            lag,
            _line("worker 1", _over_time(0.6, 0.2)),
            _line("worker 2", _over_time(0.7, 0.2)),
        ),
        _chart(
            "generator_cpu",
            "CPU of the generator's processes",
            "line",
            TIME,
            ("share of a core", "%"),
            _line("worker 1", _over_time(32, 4)),
            _line("worker 2", _over_time(30, 5)),
            limits=(("limit", 85.0),),
        ),
    )


def _backend() -> tuple[Chart, ...]:
    before, after = ("before", -3.0, 0.0), ("after", 60.0, 70.0)
    return (
        _chart(
            "backend_rss",
            "Memory of the backend",
            "line",
            TIME,
            ("resident memory", "MB"),
            _line("RSS", [(at, 90.0 + (6.5 if 0 < at < 60 else 0.4)) for at in map(float, range(-3, 70))]),
            shaded=(before, after),
            note="65 kB per connection; 0.4 MB left after the last stream closed.",
        ),
        _chart(
            "backend_cpu", "CPU of the backend", "line", TIME, ("share of a core", "%"), _line("CPU", _over_time(55, 9))
        ),
        _chart(
            "backend_open_files",
            "Open files of the backend",
            "line",
            TIME,
            ("open files", "1"),
            _line("open files", [(0.0, 14.0), (5.0, 114.0), (58.0, 114.0), (62.0, 14.0)]),
            shaded=(before, after),
        ),
    )
