"""Load goes to this machine, or to a host that is allowed, under plain Locust too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatproof.loading import load

settings: Any = load("load.runtime", "settings")
FOREIGN = "http://192.0.2.7:3000"
ALLOWED = '[load]\nallow_hosts = ["192.0.2.7"]\n'
WORKER = f"""
from chatproof.config import from_table
from chatproof.load.runtime.worker import Worker

allowed = {{"load": {{"allow_hosts": ["192.0.2.7"]}}}}
for more in (allowed, {{}}):
    tables = {{"backend": {{"url": "{FOREIGN}"}}, **more}}
    Worker._refuse_foreign(None, from_table(tables, origin="test", profiles=["ai-chat"]))
    print("went on", flush=True)
"""


def read(host: str, cwd: Path) -> Any:
    options = settings.LocustOptions(host=host)
    return settings.read_settings(workload="chat-turns", profiles=("ai-chat",), options=options, env={}, cwd=cwd)


def test_a_foreign_host_is_refused_under_plain_locust(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match=r"load is not sent to 192\.0\.2\.7"):
        read(FOREIGN, tmp_path)


def test_a_host_that_is_allowed_and_this_machine_are_taken(tmp_path: Path) -> None:
    assert read("http://127.0.0.1:3000", tmp_path).config.backend.url == "http://127.0.0.1:3000"
    (tmp_path / "chatproof.toml").write_text(ALLOWED)
    assert read(FOREIGN, tmp_path).config.backend.url == FOREIGN


def test_a_worker_goes_by_its_own_list_of_hosts_whatever_its_master_says() -> None:
    done = subprocess.run([sys.executable, "-Ic", WORKER], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.count("went on")) == (2, 1)
    assert "load is not sent to 192.0.2.7" in done.stderr
