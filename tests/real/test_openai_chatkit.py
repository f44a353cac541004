"""True verdicts on a server made with OpenAI's ChatKit SDK, each deviation with its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

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

[profiles.chatkit]
mode = "self-hosted"
failing_message = "Please fail."
"""

MET = [
    "CKSRV-ERR-01",
    "CKSRV-HID-01",
    "CKSRV-JSON-01",
    "CKSRV-ORD-01",
    "CKSRV-ORD-02",
    "CKSRV-ORD-03",
    "CKSRV-SSE-01",
]
NOT_MET = {
    "CKSRV-AUTH-01": "NotFoundError of the store is not mapped: another user's thread is a 500, not a 404",
    "CKSRV-ERR-02": "pydantic's ValidationError is not mapped: 500",
    "CKSRV-ERR-03": "NotFoundError is not mapped: 500, and a stream that breaks off after its 200",
    "CKSRV-TIME-01": "the SDK writes datetime.now(), without a zone",
    "HTTP-401-02": "a refused token is not told apart from a missing one: no error=invalid_token",
    "HTTP-CACHE-01": "StreamingResponse sends no Cache-Control",
    "HTTP-CACHE-03": "no `no-transform`: a proxy may compress and so hold the stream",
    "JWT-NUM-01": "PyJWT takes an `exp` that is a string of digits",
    "SSE-BUF-01": "no X-Accel-Buffering: nginx may hold the stream",
}


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


def test_sdk_keeps_its_protocol_and_leaves_the_rest_to_the_app(
    run_backend: Callable[[str], Any], tmp_path: Path
) -> None:
    (tmp_path / "chatproof.toml").write_text(DECLARED)
    backend = run_backend("openai_chatkit_backend")
    document = _check(tmp_path, backend.url, env={"CHAT_JWT_SECRET": backend.secret})
    verdicts = {entry["requirement"]: entry for entry in document["verdicts"]}
    found = {name: entry["found"] for name, entry in verdicts.items() if entry["verdict"] == "not_met"}
    assert {name: found[name] for name in sorted(found.keys() - NOT_MET.keys())} == {}
    assert sorted(NOT_MET.keys() - found.keys()) == []
    assert [name for name in MET if verdicts[name]["verdict"] != "met"] == []
    assert [name for name, entry in verdicts.items() if entry["verdict"] == "not_testable"] == []


def test_careful_server_on_the_sdk_meets_all(run_backend: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_text(DECLARED)
    backend = run_backend("careful_chatkit_backend")
    document = _check(tmp_path, backend.url, "--strict", env={"CHAT_JWT_SECRET": backend.secret})
    verdicts = {entry["requirement"]: entry for entry in document["verdicts"]}
    assert {name: entry["found"] for name, entry in verdicts.items() if entry["verdict"] == "not_met"} == {}
    assert [name for name in verdicts if name.startswith("CKSRV-") and verdicts[name]["verdict"] != "met"] == []
    assert document["exit_code"] == 0
