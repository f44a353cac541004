"""True verdicts on a backend that gets its sessions by OpenAI's own library, from the suite's stand-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatproof.config import from_table
from chatproof.fixtures.server import Farm
from chatproof.fixtures.upstreams.both import chatkit_upstream
from chatproof.surroundings import Surroundings
from chatproof.verdict import Verdict
from support.checks import ids, run_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.run import Run


HERE = Path(__file__).parent
SECRET = "the-signing-key-of-these-small-backends-0123456789"
ADDRESS = re.compile(r"running on (http://127\.0\.0\.1:\d+)", re.IGNORECASE)
OF_SESSIONS = ["CHATKIT-SES-05", "CKAPI-01", "CKAPI-02", "CKAPI-04", "CKAPI-05", "CKAPI-06"]


@contextmanager
def running(base_url: str, **variables: str) -> Iterator[str]:
    """The backend as a process, with OpenAI at this base URL; its address."""
    given = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "LANG", "LC_"))}
    given |= {"CHAT_JWT_SECRET": SECRET, "OPENAI_API_KEY": "sk-test-0123456789abcdef", "WORKFLOW_ID": "wf_1"}
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "hosted_chatkit_backend:app", "--port", "0"]
    process = subprocess.Popen(
        command,
        env={**given, "OPENAI_BASE_URL": base_url, "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := ADDRESS.search(line):
                yield found[1]
                return
        pytest.fail(f"the backend did not start:\n{''.join(said)}")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def checked(*, path: str = "", behaviour: str = "well", **variables: str) -> Run:
    with Farm() as farm:
        stand_in = chatkit_upstream()
        stand_in.start(farm)
        stand_in.behave(behaviour)
        with running(stand_in.url + path, **variables) as url:
            claims = {"sub": "test-user-id", "aud": "authenticated"}
            profile = {"mode": "hosted", "session_path": "/api/chatkit/session", "upstream": {"listen": "127.0.0.1:1"}}
            table = {
                "backend": {"url": url, "cors": "none"},
                "auth": {"scheme": "jwt", "secret": SECRET, "claims": claims},
                "profiles": {"chatkit": profile},
            }
            config = from_table(table, origin="a test")
            return run_check(config, surroundings=Surroundings(upstreams={"chatkit": stand_in}))


@pytest.mark.parametrize("path", ["", "/v1"])
def test_openais_library_asks_as_openai_wants(path: str) -> None:
    run = checked(path=path)
    assert run.crash == ""
    assert ids(run, Verdict.NOT_TESTABLE) == []
    assert set(OF_SESSIONS) <= set(ids(run, Verdict.MET))
    # A refused token is not told apart from a missing one; PyJWT takes an `exp` that is a string of digits.
    assert ids(run, Verdict.NOT_MET) == ["HTTP-401-02", "JWT-NUM-01"]


def test_an_hour_is_found() -> None:
    run = checked(SESSION_SECONDS="3600")
    assert "CKAPI-02" in ids(run, Verdict.NOT_MET)
    assert "CKAPI-01" in ids(run, Verdict.MET)


def test_openai_would_have_made_these_sessions() -> None:
    """The first session of the run comes of the stand-in that refuses as OpenAI does."""
    assert set(OF_SESSIONS) <= set(ids(checked(behaviour="strict"), Verdict.MET))
