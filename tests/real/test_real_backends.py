"""
True verdicts on backends that were not written to please the suite, each with the reason.

A requirement that stands here and is met, or is not met and does not stand here, fails the test: both ways it is
either the backend that has changed or the suite that is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHECK_SECONDS = 180

DECLARED = """\
[backend]
origins = ["http://localhost:3001"]

[auth]
scheme = "jwt"
secret = "${CHAT_JWT_SECRET}"
claims = { sub = "test-user-id", aud = "authenticated" }
second_user = { sub = "other-user-id", aud = "authenticated" }

[profiles.ai-chat]
ping_path = "/api/v1/auth/ping"
health_path = "/health"
heartbeat = "1s"
long_turn = { message = "Tell me a long story" }
echo = true
"""

WHITESPACE = "unspecified, so only reported: three spaces are answered"
KEEP_ALIVE = "no effect, so only reported: Connection: keep-alive"
NO_EXPIRY = "PyJWT demands no `exp` unless told to"
EXPIRY_AS_TEXT = "PyJWT takes an `exp` that is a string of digits"
NO_TRANSFORM = "no `no-transform`: a proxy may compress and so hold the stream"
NOT_EXPOSED = "no Access-Control-Expose-Headers: the page cannot read X-Request-Id"
NO_ERROR_CODE = "a refused token is not told apart from a missing one: no error=invalid_token"

NOT_MET = {
    "fastapi_backend": {
        "HTTP-401-01": "HTTPException(401) sends no WWW-Authenticate; only HTTPBearer's own 401 does",
        "HTTP-401-02": NO_ERROR_CODE,
        "HTTP-CACHE-01": "StreamingResponse sends no Cache-Control",
        "HTTP-CACHE-03": NO_TRANSFORM,
        "SSE-BUF-01": "no X-Accel-Buffering: nginx may hold the stream",
        "SSE-HB-01": "no heartbeats: StreamingResponse has none",
        "AICHAT-HB-01": "no heartbeats: 2 s of silence where 1.5 s are allowed",
        "AICHAT-HDR-03": "nothing sets X-Request-Id",
        "AICHAT-AUTH-06": NO_EXPIRY,
        "JWT-NUM-01": EXPIRY_AS_TEXT,
        "AICHAT-VAL-08": "pydantic's lax mode makes a boolean of the text `yes`",
        "AICHAT-VAL-15": "the 422 repeats the input, and NaN or a lone surrogate in it cannot be encoded: 500",
        "AICHAT-VAL-06": WHITESPACE,
    },
    "sse_starlette_backend": {
        "HTTP-401-01": "HTTPException(401) sends no WWW-Authenticate",
        "HTTP-401-02": NO_ERROR_CODE,
        "HTTP-CACHE-03": NO_TRANSFORM,
        "JWT-AUD-01": "verify_aud is off",
        "AICHAT-AUTH-05": "verify_aud is off: a token without `aud` passes too",
        "AICHAT-AUTH-06": NO_EXPIRY,
        "AICHAT-AUTH-10": "header.split(' ')[1] takes any scheme",
        "JWT-NUM-01": EXPIRY_AS_TEXT,
        "AICHAT-HDR-03": "errors carry no X-Request-Id",
        "AICHAT-HDR-06": KEEP_ALIVE,
        "AICHAT-EVT-01": "nothing is written before the first token",
        "AICHAT-VAL-03": "len(5) raises: 500",
        "AICHAT-VAL-06": WHITESPACE,
        "AICHAT-VAL-07": "`$` also matches before a newline at the end",
        "AICHAT-VAL-08": "useMemory is never looked at",
        "AICHAT-VAL-09": "request.json() raises on broken JSON: 500",
        "AICHAT-VAL-10": "request.json() does not look at the content type",
        "AICHAT-VAL-11": "HTTPException's body is plain text",
        "AICHAT-VAL-15": "a body of another shape raises: 500",
        "CORS-ACT-01": "an unhandled 500 is made outside of CORSMiddleware",
        "CORS-ACT-04": NOT_EXPOSED,
        "CORS-ACT-05": 'allow_origins=["*"] with credentials echoes every origin',
        "SSE-FRAME-02": "CRLF by default: legal, but some clients split on LF only",
        "AICHAT-HB-04": "the comment is `ping - <date>`",
    },
    "aiohttp_backend": {
        "HTTP-401-01": "json_response(status=401) sends no WWW-Authenticate",
        "HTTP-401-02": NO_ERROR_CODE,
        "HTTP-CACHE-03": NO_TRANSFORM,
        "SSE-BUF-01": "no X-Accel-Buffering: nginx may hold the stream",
        "AICHAT-AUTH-06": NO_EXPIRY,
        "AICHAT-AUTH-10": "removeprefix('Bearer ') knows one spelling of the scheme",
        "JWT-NUM-01": EXPIRY_AS_TEXT,
        "AICHAT-HDR-03": "errors carry no X-Request-Id",
        "AICHAT-HDR-06": KEEP_ALIVE,
        "AICHAT-VAL-06": WHITESPACE,
        "AICHAT-VAL-08": "useMemory is never looked at",
        "AICHAT-VAL-10": "request.json() does not look at the content type",
        "AICHAT-VAL-15": "a list has no .get, and bad UTF-8 or an unknown charset raises in request.text(): 500",
        "AICHAT-CORS-09": "no Access-Control-Max-Age",
        "AICHAT-CORS-10": "the preflight allows what the stream then lacks",
        "CORS-PRE-05": "Access-Control-Allow-Headers: * does not cover Authorization",
        "CORS-PRE-07": "no Access-Control-Max-Age: a preflight before every turn",
        "CORS-ACT-01": "the middleware sets headers when the stream has long been prepared",
        "CORS-ACT-05": "every origin is echoed",
    },
}

NOT_TESTABLE = {
    "fastapi_backend": {
        "AICHAT-HB-02": "heartbeats are due, and none comes",
        "AICHAT-HB-04": "as above",
        "AICHAT-HB-05": "as above",
    },
    "sse_starlette_backend": {},
    "aiohttp_backend": {
        "CORS-ACT-03": "the stream lacks the header that Vary is about; errors echo the origin without Vary"
    },
}
CAREFUL = {"AICHAT-VAL-06": WHITESPACE}


def _check(folder: Path, *arguments: str, env: dict[str, str]) -> dict[str, Any]:
    """Runs the command as a user would, and returns its run document."""
    done = subprocess.run(
        [sys.executable, "-Im", "chatproof", "check", "--json", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env},
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS,
        check=False,
    )
    assert done.stdout, f"exit {done.returncode}\n{done.stderr}"
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    return document


def _of(document: dict[str, Any], verdict: str) -> dict[str, str]:
    """Ids of one verdict, with what was found or missing, so that a failing comparison explains itself."""
    entries = [entry for entry in document["verdicts"] if entry["verdict"] == verdict]
    return {entry["requirement"]: entry["found"] or entry["reason"] for entry in entries}


@pytest.mark.parametrize("name", sorted(NOT_MET))
def test_deviations_are_found_and_no_other_is_claimed(
    name: str, run_backend: Callable[[str], Any], tmp_path: Path
) -> None:
    (tmp_path / "chatproof.toml").write_text(DECLARED)
    backend = run_backend(name)
    document = _check(tmp_path, backend.url, env={"CHAT_JWT_SECRET": backend.secret})
    found = _of(document, "not_met")
    assert {identifier: found[identifier] for identifier in sorted(found.keys() - NOT_MET[name].keys())} == {}
    assert sorted(NOT_MET[name].keys() - found.keys()) == []
    assert _of(document, "not_testable").keys() == NOT_TESTABLE[name].keys()
    assert document["exit_code"] == 1


def test_careful_backend_passes_with_url_and_token_alone(run_backend: Callable[[str], Any], tmp_path: Path) -> None:
    claims = {"sub": "test-user-id", "aud": "authenticated", "exp": int(time.time()) + 3600}
    backend = run_backend("careful_backend")
    token = jwt.encode(claims, backend.secret, algorithm="HS256")
    document = _check(tmp_path, backend.url, env={"CHATPROOF_TOKEN": token})
    assert _of(document, "not_met").keys() == CAREFUL.keys()
    assert _of(document, "not_testable") == {}
    assert document["exit_code"] == 0
    not_claimed = [entry for entry in document["verdicts"] if entry["verdict"] == "not_claimed"]
    assert {"CORS-PRE-01", "AICHAT-HB-01", "JWT-EXP-01"} <= {entry["requirement"] for entry in not_claimed}
    assert [entry["requirement"] for entry in not_claimed if not entry["declare"] and not entry["reason"]] == []


def test_careful_backend_passes_strictly_with_all_declared(run_backend: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_text(DECLARED)
    backend = run_backend("careful_backend")
    document = _check(tmp_path, backend.url, "--strict", env={"CHAT_JWT_SECRET": backend.secret})
    assert _of(document, "not_met").keys() == CAREFUL.keys()
    assert _of(document, "not_testable") == {}
    assert document["exit_code"] == 0
