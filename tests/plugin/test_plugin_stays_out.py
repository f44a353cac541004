"""The plugin in other people's pytest runs, and what importing it loads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]


def test_importing_the_plugin_loads_nothing_beyond_pytest() -> None:
    probe = (
        "import json, sys, pytest; before = set(sys.modules); import chatproof.plugin;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-Ic", probe], check=True, capture_output=True).stdout)

    assert loaded == ["chatproof", "chatproof.plugin"]


def test_a_run_that_names_no_backend_has_no_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_ours_is_here(request):
            assert not request.config.pluginmanager.has_plugin("chat-suite")
            assert "chatproof.pytest_suite" not in sys.modules
        """
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_every_option_starts_with_chat(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess("--help").stdout.str()
    section = shown.partition("conformance of chat backends:")[2].partition("\n\n")[0]
    options = [word for line in section.splitlines() for word in line.split()[:1] if word.startswith("-")]

    assert options
    assert [option for option in options if not option.startswith("--chat-")] == []


def test_fixtures_and_markers_leave_the_users_names_alone(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess("--fixtures", "-q").stdout.str()

    assert "fixtures defined from" in shown
    assert "fixtures defined from chatproof" not in shown


def test_the_suite_without_a_backend_is_a_usage_error_with_a_hint(pytester: pytest.Pytester) -> None:
    outcome = pytester.runpytest_subprocess("--pyargs", "chatproof.conformance")

    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["*hint: add --chat-url URL*"])
