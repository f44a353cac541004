"""The message of a wrong configuration, with what must hold for every such message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import ConfigError, load_config

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SECRET", "error_of"]

SECRET = "canary-secret-of-forty-characters-length"


def error_of(folder: Path, text: str = "", **changes: Any) -> str:
    """Writes the text as chatproof.toml into the folder, loads it there, and returns the error's message."""
    if text:
        (folder / "chatproof.toml").write_text(text)
    defaults: dict[str, Any] = {
        "path": None,
        "env": {"CANARY": SECRET},
        "environment_name": None,
        "url": None,
        "profiles": (),
        "cwd": folder,
    }
    with pytest.raises(ConfigError) as caught:
        load_config(**{**defaults, **changes})
    message = str(caught.value)
    assert message.rsplit("\n", 1)[-1].startswith("hint: "), message
    assert SECRET not in message
    assert SECRET not in repr(caught.value.problems)
    return message
