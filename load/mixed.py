"""Mixed: several workloads at once, by weight; each sample says of which it is."""

from __future__ import annotations

from chatproof.load.bystander import Bystander
from chatproof.load.chat_turns import ChatTurns
from chatproof.load.chatkit_sessions import ChatKitSessions
from chatproof.load.client_aborts import ClientAborts
from chatproof.load.fan_out import FanOut
from chatproof.load.polling import Polling
from chatproof.load.reconnect import Reconnect
from chatproof.load.soak import Soak
from chatproof.load.token_storm import TokenStorm

__all__ = [
    "Bystander",
    "ChatKitSessions",
    "ChatTurns",
    "ClientAborts",
    "FanOut",
    "Polling",
    "Reconnect",
    "Soak",
    "TokenStorm",
]
