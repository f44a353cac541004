"""
What every workload stands on: the load user, the recorder, the reading of streams.

`LoadUser` comes with Locust, which patches the process as it is imported: it is loaded only when somebody asks for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .reading import StreamReading
from .recorder import Recorder
from .rules import Rules, rules_of
from .settling import take_facts

if TYPE_CHECKING:
    from .users import LoadUser

__all__ = ["LoadUser", "Recorder", "Rules", "StreamReading", "rules_of", "take_facts"]


def __getattr__(name: str) -> Any:
    if name == "LoadUser":
        return importlib.import_module(".users", __name__).LoadUser
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
