"""`pytest --pyargs chatproof.conformance` in a user's own project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatproof.config.toml_text import toml_text
from chatproof.fixtures.backend import create_app, reference_config, reference_settings
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm

pytest_plugins = ["pytester"]

SUITE = ("--pyargs", "chatproof.conformance", "-p", "no:cacheprovider", "-p", "no:locust", "--chat-fuzz", "10")


@dataclass(frozen=True)
class Counted:
    """A running reference backend, its configuration, and the requests it has had by method and path."""

    table: dict[str, Any]
    requests: Counter[str]

    def write(self, folder: Path, *waivers: str) -> None:
        (folder / "chatproof.toml").write_text(toml_text(self.table) + "\n".join(waivers))


@pytest.fixture
def backend() -> Iterator[Counted]:
    settings = reference_settings(heartbeat_seconds=0.5)
    app = create_app(settings)
    requests: Counter[str] = Counter()

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        requests[f"{scope['method']} {scope['path']}"] += 1
        await app(scope, receive, send)

    with Farm() as farm:
        yield Counted(reference_config(farm.start(counted), settings), requests)


def test_two_workers_send_as_many_requests_as_one_process(pytester: pytest.Pytester, backend: Counted) -> None:
    backend.write(pytester.path)
    chosen = (*SUITE, "-k", "cors or headers or authentication")

    alone = pytester.runpytest_subprocess(*chosen).parseoutcomes()
    first = backend.requests.copy()
    backend.requests.clear()
    shared = pytester.runpytest_subprocess(*chosen, "-p", "xdist", "-n", "2").parseoutcomes()

    assert alone["passed"] > 10
    assert {word: alone.get(word) for word in ("passed", "failed", "skipped")} == {
        word: shared.get(word) for word in ("passed", "failed", "skipped")
    }
    assert first.total() > 0
    assert backend.requests == first


def test_k_chooses_what_is_sent(pytester: pytest.Pytester, backend: Counted) -> None:
    backend.write(pytester.path)

    outcome = pytester.runpytest_subprocess(*SUITE, "-k", "test_stream_is_answered_200", "-v")

    outcome.assert_outcomes(passed=1, deselected=outcome.parseoutcomes()["deselected"])
    assert backend.requests == {"POST /api/v1/chat": 2}


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        (("-k", "SSE-TYPE-01"), 1),
        (("-k", "AICHAT-HDR-01"), 1),
        (("-k", "SSE-TYPE or HTTP-FRAME"), 3),
        (("-k", "SSE-TYPE", "-m", "chat_requirement(id='SSE-TYPE-02')"), 1),
        (("-k", "SSE-BUF or SSE-TYPE-01", "-m", "chat_requirement(level='SHOULD')"), 1),
    ],
)
def test_requirements_are_chosen_by_id_alias_and_level(
    options: tuple[str, ...], passed: int, pytester: pytest.Pytester, backend: Counted
) -> None:
    backend.write(pytester.path)

    assert pytester.runpytest_subprocess(*SUITE, *options).parseoutcomes()["passed"] == passed


def test_a_should_warns_where_the_users_warnings_are_errors(pytester: pytest.Pytester) -> None:
    """The backend lacks what SSE-BUF-01 asks for; a MUST beside it is met."""
    pytester.makeini("[pytest]\nfilterwarnings = error\nxfail_strict = true\n")
    settings = full_settings(secret="a-secret-for-the-pytest-way-0123456789")
    with Farm() as farm:
        table = site(farm, FAULTS["no_accel_buffering"], settings, with_front=False).file
        pytester.path.joinpath("chatproof.toml").write_text(toml_text(table))
        chosen = (*SUITE, "-k", "SSE-BUF-01 or SSE-TYPE-01")

        lenient = pytester.runpytest_subprocess(*chosen)
        strict = pytester.runpytest_subprocess(*chosen, "--chat-strict")

    assert lenient.parseoutcomes().items() >= {"passed": 2, "warnings": 1}.items()
    lenient.stdout.fnmatch_lines(["*ChatWarning: SSE-BUF-01 (SHOULD):*", "*found *no X-Accel-Buffering"])
    assert strict.parseoutcomes().items() >= {"passed": 1, "failed": 1}.items()


def test_collecting_sends_nothing(pytester: pytest.Pytester, backend: Counted) -> None:
    backend.write(pytester.path)

    outcome = pytester.runpytest_subprocess(*SUITE, "--collect-only", "-q")

    assert outcome.ret == 0
    assert backend.requests.total() == 0


def test_outcomes_are_those_of_pytest(pytester: pytest.Pytester, backend: Counted) -> None:
    """A MUST fails, a SHOULD passes with a warning, a waived one is expected to fail, an unclaimed one is skipped."""
    backend.table["backend"]["origins"] = ["http://localhost:9999"]
    backend.write(
        pytester.path,
        '[[waivers]]\nrequirement = "CORS-ACT-01"\nreason = "another page"\nowner = "us"\nexpires = 2099-01-01\n',
    )

    outcome = pytester.runpytest_subprocess(*SUITE, "-k", "test_preflight or test_actual or retry", "-rA")

    counts = outcome.parseoutcomes()
    assert counts["failed"] > 0
    assert counts["xfailed"] == 1
    assert counts["skipped"] > 0
    outcome.stdout.fnmatch_lines(["*CORS-PRE-03 (MUST):*", "*found *", "*expected *", "*remedy *", "*curl -N*"])


def test_a_stale_waiver_fails(pytester: pytest.Pytester, backend: Counted) -> None:
    backend.write(
        pytester.path,
        '[[waivers]]\nrequirement = "SSE-TYPE-01"\nreason = "no more"\nowner = "us"\nexpires = 2099-01-01\n',
    )

    outcome = pytester.runpytest_subprocess(*SUITE, "-k", "test_stream_is_answered_200")

    outcome.assert_outcomes(failed=1, deselected=outcome.parseoutcomes()["deselected"])
    outcome.stdout.fnmatch_lines(["*XPASS(strict)*"])


def test_a_backend_that_is_not_there_is_not_testable(pytester: pytest.Pytester) -> None:
    outcome = pytester.runpytest_subprocess(
        *SUITE, "--chat-url", "http://127.0.0.1:1", "-k", "test_stream_is_answered_200"
    )

    assert outcome.ret == pytest.ExitCode.TESTS_FAILED
    outcome.stdout.fnmatch_lines(["Not testable: *connection refused*", "hint: is the backend running at http*"])
