"""What is started round a backend for a check: its command, further instances, scripted upstreams; all of it ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from chatproof.config import Config, from_table
from chatproof.driver import Instance
from chatproof.failure import NotClaimed
from chatproof.process import BackendProcessError
from chatproof.surroundings import Surroundings, surroundings_of

BACKEND = """
import http.server, json, os, sys
if os.environ.get("MODE") == "refuse":
    sys.exit("refusing " + os.environ["SECRET_OF_THE_TEST"])
open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"pid": os.getpid(), **os.environ}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_arguments): pass
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer(("127.0.0.1", int(os.environ.get("PORT") or sys.argv[2])), Handler).serve_forever()
"""
SECRET = "the-canary-of-this-test-0123456789"
Make = Callable[..., Config]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A configuration whose command is a small backend, which leaves a file with the name of its pid."""
    (tmp_path / "pids").mkdir()
    (tmp_path / "backend.py").write_text(BACKEND)

    def made(profiles: dict[str, Any] | None = None, **backend: Any) -> Config:
        port = free_port()
        command = f"{sys.executable} -I {tmp_path / 'backend.py'} {tmp_path / 'pids'} {port}"
        known = {"url": f"http://127.0.0.1:{port}", "command": command, "start_timeout": 20}
        return from_table({"backend": {**known, **backend}, "profiles": profiles or {}}, origin="a test")

    return made


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path) -> Any:
    yield
    for path in (tmp_path / "pids").glob("*"):
        deadline = time.monotonic() + 5
        while Path(f"/proc/{path.name}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def asked(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own backend
        found: dict[str, Any] = json.loads(answer.read())
        return found


def during(around: Surroundings, environment: dict[str, str | None], look: Callable[[Instance], Any]) -> Any:
    """What is seen while an instance runs."""

    async def run() -> Any:
        async with around.instance(environment) as instance:
            return await anyio.to_thread.run_sync(look, instance)

    return anyio.run(run)


def test_an_instance_runs_beside_with_its_own_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKEN_AWAY", "yes")
    config = make(port_variable="PORT")
    with surroundings_of(config, environment={"MODE": "as usual"}) as around:
        main = asked(config.backend.url)

        def look(instance: Instance) -> dict[str, Any]:
            assert instance.url != config.backend.url
            assert asked(config.backend.url)["pid"] == main["pid"]
            return asked(instance.url)

        other = during(around, {"MODE": "other", "TAKEN_AWAY": None}, look)
        assert asked(config.backend.url)["pid"] == main["pid"]
    assert (main["MODE"], main["TAKEN_AWAY"]) == ("as usual", "yes")
    assert main["PORT"] == config.backend.url.rpartition(":")[2]
    assert other["MODE"] == "other"
    assert "TAKEN_AWAY" not in other


def test_without_a_port_variable_it_stands_in_for_the_main_one_which_comes_back(make: Make) -> None:
    config = make()
    with surroundings_of(config) as around:
        main = asked(config.backend.url)
        other = during(around, {"MODE": "other"}, lambda instance: asked(instance.url))
        back = asked(config.backend.url)
    assert other["MODE"] == "other"
    assert len({main["pid"], other["pid"], back["pid"]}) == 3
    assert "MODE" not in back


@pytest.mark.parametrize("more", [{"port_variable": "PORT"}, {}], ids=["beside", "in place"])
def test_an_instance_that_does_not_start_is_told_without_a_secret(
    make: Make, more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEST", SECRET)
    config = make(secrets=[SECRET], **more)
    with surroundings_of(config) as around:
        instance = during(around, {"MODE": "refuse"}, lambda instance: instance)
        assert asked(config.backend.url)["pid"]
    assert instance.url == ""
    assert "ended with status 1" in instance.trouble
    assert "refusing <secret:" in instance.trouble
    assert SECRET not in instance.trouble
    assert "hint:" not in instance.trouble


def test_a_main_one_that_does_not_come_back_is_an_error(make: Make, tmp_path: Path) -> None:
    with surroundings_of(make()) as around, pytest.raises(BackendProcessError, match="did not come back"):
        during(around, {}, lambda _instance: (tmp_path / "backend.py").write_text("raise SystemExit(3)"))


def test_an_instance_is_stopped_with_the_check_that_is_given_up(make: Make) -> None:
    async def given_up(around: Surroundings) -> None:
        with anyio.move_on_after(0.05):
            async with around.instance({}):
                await anyio.sleep_forever()

    with surroundings_of(make(port_variable="PORT")) as around:
        anyio.run(given_up, around)


def test_without_a_command_nothing_can_be_started_anew() -> None:
    config = from_table({"backend": {"url": "http://127.0.0.1:1"}}, origin="a test")
    with surroundings_of(config) as around, pytest.raises(NotClaimed) as caught:
        around.instance({})
    assert "command" in caught.value.declare
    with pytest.raises(NotClaimed, match="upstream"):
        around.upstream("ai-chat")


def test_the_command_is_given_the_address_of_its_upstream(make: Make) -> None:
    config = make({"chatkit": {"upstream": {"variable": "BEHIND_URL"}}}, port_variable="PORT")
    with surroundings_of(config) as around:
        url = around.upstream("chatkit").url
        assert asked(config.backend.url)["BEHIND_URL"] == url
        assert during(around, {}, lambda instance: asked(instance.url)["BEHIND_URL"]) == url


def test_an_upstream_listens_where_it_is_told(make: Make) -> None:
    port = free_port()
    config = make({"chatkit": {"upstream": {"listen": f"127.0.0.1:{port}"}}}, command="")
    with surroundings_of(config) as around:
        assert around.upstream("chatkit").url == f"http://127.0.0.1:{port}"


def test_an_address_that_is_taken_is_told_with_a_hint(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = make({"chatkit": {"upstream": {"listen": f"127.0.0.1:{port}"}}})
        with pytest.raises(BackendProcessError, match=r"chatkit\] upstream .* in use\nhint: "), surroundings_of(config):
            pytest.fail("it cannot start")


def test_two_upstreams_at_one_address_are_refused(make: Make) -> None:
    both = {"upstream": {"variable": "STREAM_CHAT_URL"}}
    config = make({"stream-chat": both, "hybrid": both})
    with pytest.raises(BackendProcessError, match=r"both have STREAM_CHAT_URL .*\nhint: "), surroundings_of(config):
        pytest.fail("it cannot start")
