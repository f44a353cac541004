"""One publisher in a run, and what all processes know of its messages."""

from __future__ import annotations

from .board import Board, board_of, listen_to_publisher
from .subscribing import SubscriptionReading, subscription_request

__all__ = ["Board", "SubscriptionReading", "board_of", "listen_to_publisher", "subscription_request"]
