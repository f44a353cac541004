"""The configuration: what the user declares about a backend."""

from chatproof.config.declared import as_declared, from_declared
from chatproof.config.keys import PROFILES, AiChat, Auth, Backend, Config, ProfileSettings, RateLimit, Turn, Waiver
from chatproof.config.load import from_table, load_config
from chatproof.config.problems import ConfigError, Problem

__all__ = [
    "PROFILES",
    "AiChat",
    "Auth",
    "Backend",
    "Config",
    "ConfigError",
    "Problem",
    "ProfileSettings",
    "RateLimit",
    "Turn",
    "Waiver",
    "as_declared",
    "from_declared",
    "from_table",
    "load_config",
]
