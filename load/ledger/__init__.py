"""What load users account for: messages published and received, drops and what came after them, answers asked for."""

from __future__ import annotations

from .deliveries import Ledger, Subscription
from .ids import IdAccount
from .issued import Issued, issued_token, moment, session_of
from .nonces import Nonce, nonce_in, nonce_text
from .polls import polled
from .publications import Publication, Publications
from .resumptions import DropAccount
from .sessions import unused_session

__all__ = [
    "DropAccount",
    "IdAccount",
    "Issued",
    "Ledger",
    "Nonce",
    "Publication",
    "Publications",
    "Subscription",
    "issued_token",
    "moment",
    "nonce_in",
    "nonce_text",
    "polled",
    "session_of",
    "unused_session",
]
