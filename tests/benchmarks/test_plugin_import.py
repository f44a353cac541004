"""What the plugin costs a pytest run that has nothing to do with it: the modules it loads, and the CPU time."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROBE = "import time, pytest; a = time.process_time(); import {module}; print(time.process_time() - a)"


def cpu_seconds(module: str) -> float:
    """CPU seconds of one import in a fresh interpreter that has pytest already, at its best of five."""
    return min(
        float(
            subprocess.run(
                [sys.executable, "-Ic", _PROBE.format(module=module)], check=True, capture_output=True
            ).stdout
        )
        for _ in range(5)
    )


@pytest.mark.benchmark(group="plugin import")
def test_the_plugin_costs_less_than_a_twentieth_of_httpx(benchmark: pytest.FixtureRequest) -> None:
    plugin = benchmark.pedantic(cpu_seconds, args=("chatproof.plugin",), rounds=1)  # type: ignore[attr-defined]  # the fixture's own type is not exported
    httpx = cpu_seconds("httpx")

    print(f"\nplugin {plugin * 1e3:.2f} ms, httpx {httpx * 1e3:.2f} ms of CPU")
    assert plugin < httpx / 20
