"""The configuration: what the user declares about a backend."""

from chatproof.config.box_keys import OwnBox
from chatproof.config.declared import as_declared, from_declared
from chatproof.config.keys import Auth, Backend, ProfileSettings, Suite, Waiver, key
from chatproof.config.load import from_table, load_config
from chatproof.config.load_keys import Load, Observe
from chatproof.config.problems import ConfigError, Problem
from chatproof.config.profile_keys import PROFILES, AgentStream, AiChat, ChatKit, Hybrid, StreamChat
from chatproof.config.shared_keys import Counter, RateLimit, Route, Turn, Upstream
from chatproof.config.whole import Config

__all__ = [
    "PROFILES",
    "AgentStream",
    "AiChat",
    "Auth",
    "Backend",
    "ChatKit",
    "Config",
    "ConfigError",
    "Counter",
    "Hybrid",
    "Load",
    "Observe",
    "OwnBox",
    "Problem",
    "ProfileSettings",
    "RateLimit",
    "Route",
    "StreamChat",
    "Suite",
    "Turn",
    "Upstream",
    "Waiver",
    "as_declared",
    "from_declared",
    "from_table",
    "key",
    "load_config",
]
