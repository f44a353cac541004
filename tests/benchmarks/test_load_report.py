"""What the report of a load run costs: 100,000 samples read, measured, judged, and written in every format."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from chatproof.config import from_table
from chatproof.load_plan import Plan
from chatproof.load_run.document import load_document
from chatproof.loading import load
from chatproof.samples.codec import decode, encode
from chatproof.samples.collected import Collected
from chatproof.samples.file import SampleWriter, read_records
from chatproof.targets import parse_target
from support.load_samples import steady_run

if TYPE_CHECKING:
    from pathlib import Path

    from chatproof.run import Run

SAMPLES: Final = 100_000
SECONDS: Final = 300.0
AT_MOST_SECONDS: Final = 3.0
MEASURED_AND_WRITTEN_SECONDS: Final = 2.0
PAGE_SECONDS: Final = 0.5
READ_SECONDS: Final = 0.8
"""What it takes to read the samples on the machine on which the limits hold; a slower one has as much more time."""
PAGE_BYTES: Final = 1_500_000
FORMATS: Final = ("html", "junit", "markdown", "json")
CONDITIONS: Final = {
    "ttft.p95": "< 350ms",
    "ttft[memory].p95": "< 500ms",
    "ttft.p99": "< 700ms",
    "e2e.p95": "< 10s",
    "error_rate": "< 1%",
    "concurrency": ">= 100",
    "attainment": "> 90%",
}
TARGETS: Final = tuple(parse_target(name, condition) for name, condition in CONDITIONS.items())


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("load") / "samples.jsonl.gz"
    writer = SampleWriter(path)
    writer.write(encode(record) for record in steady_run(SAMPLES, seconds=SECONDS))
    writer.close()
    return path


def documented(collected: Collected) -> Run:
    return load_document(
        collected,
        plan=Plan(users=500, run_time_seconds=SECONDS),
        config=from_table(
            {"backend": {"url": "http://127.0.0.1:3000"}, "profiles": {"ai-chat": {"heartbeat": "1s"}}},
            origin="a benchmark",
        ),
        targets=TARGETS,
        proof=None,
        started_at="2026-11-21T09:30:00+00:00",
        duration_seconds=SECONDS,
    )


@pytest.mark.benchmark(group="load report")
def test_the_report_of_100_000_samples(benchmark: Any, samples: Path) -> None:
    took: list[tuple[float, float, float, float]] = []
    sizes: dict[str, int] = {}

    def report() -> Run:
        moments = [time.process_time()]
        collected = Collected(read_records(samples))
        moments.append(time.process_time())
        run = documented(collected)
        moments.append(time.process_time())
        sizes["html"] = len(load("reports", "html").render(run).encode())
        moments.append(time.process_time())
        sizes.update({name: len(load("reports", name).render(run).encode()) for name in FORMATS if name != "html"})
        moments.append(time.process_time())
        read, measured, page, others = (after - before for before, after in pairwise(moments))
        took.append((read, measured, page, others))
        return run

    run = benchmark.pedantic(report, rounds=3)

    read, measured, page, others = (min(parts) for parts in zip(*took, strict=True))
    print(
        f"\nof CPU: {read:.2f} s to read, {measured:.2f} s to measure and judge, {page * 1000:.0f} ms for the page, "
        f"{others * 1000:.0f} ms for the other reports; bytes: {sizes}"
    )
    assert run.exit_code == 0
    assert {entry.verdict for entry in run.targets} == {"met"}
    assert run.load is not None
    assert run.load.samples == SAMPLES
    assert sizes["html"] < PAGE_BYTES
    slower = max(1.0, read / READ_SECONDS)
    assert page < PAGE_SECONDS * slower
    assert measured + page + others < MEASURED_AND_WRITTEN_SECONDS * slower
    assert min(map(sum, took)) < AT_MOST_SECONDS * slower


@pytest.mark.benchmark(group="load samples")
def test_decoding_100_000_samples_one_by_one(benchmark: Any) -> None:
    lines = [encode(record) for record in steady_run(SAMPLES)]

    found = benchmark.pedantic(lambda: [decode(line) for line in lines], rounds=1)

    assert len(found) > SAMPLES
    print(f"\n{min(benchmark.stats.stats.data) / len(lines) * 1e6:.1f} us a record")
