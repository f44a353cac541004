"""A page run in headless Chromium, and what its script leaves behind."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["axe_source", "left_by", "without_policy"]

_SECONDS: Final = 120
_VIRTUAL_MS: Final = 60_000
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_LEFT: Final = re.compile(r'<pre id="left">(.*?)</pre>', re.DOTALL)
DARK: Final = "--blink-settings=preferredColorScheme=0"


def axe_source() -> str:
    """axe-core as one script, from CHATPROOF_AXE or the packages of npm; the test is skipped where it is not there."""
    named = os.environ.get("CHATPROOF_AXE")
    places = [Path(named)] if named else []
    npm = shutil.which("npm")
    for command in ([], ["-g"]) if npm and not named else ():
        found = subprocess.run([str(npm), "root", *command], capture_output=True, text=True, timeout=30, check=False)
        places.append(Path(found.stdout.strip()))
    for place in places:
        for path in (place, place / "axe.min.js", place / "axe-core" / "axe.min.js"):
            if path.is_file():
                return path.read_text("utf-8")
    pytest.skip("axe-core is not installed: npm install axe-core, or CHATPROOF_AXE")


def without_policy(page: str) -> str:
    """The page without its content security policy, so that a test may add a script to it."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page, count=1)


def left_by(page: str, folder: Path, *, dark: bool = False, flags: Sequence[str] = ()) -> Any:
    """
    What a page left as JSON in an element `<pre id="left">`.

    The browser is stopped after two minutes; the test is skipped where there is none.
    """
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("Chromium is not installed")
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        f"--virtual-time-budget={_VIRTUAL_MS}",
        "--window-size=1280,900",
        *([DARK] if dark else []),
        *flags,
        "--dump-dom",
        path.as_uri(),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    told = _LEFT.search(ended.stdout)
    assert told, f"the page left nothing; {ended.stderr[-2000:]} {ended.stdout[-500:]}"
    return json.loads(html.unescape(told[1]))
