"""chatproof: proves that a chat backend keeps its contract, and how much load it carries."""

from __future__ import annotations

from importlib.metadata import version as _version

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """The version comes from the installed metadata, and is read only when somebody asks for it."""
    if name == "__version__":
        return _version("chatproof")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
