"""`chatproof init`: looks at a backend with nothing that costs or changes anything, and writes what it saw."""

from chatproof.init.looking import Look, UnreachableError, look
from chatproof.init.seen import SeenBackend, SeenProfile, recognised
from chatproof.init.writing import config_text

__all__ = ["Look", "SeenBackend", "SeenProfile", "UnreachableError", "config_text", "look", "recognised"]
