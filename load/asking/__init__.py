"""The requests of load users, built from what the configuration declares, and a first look at their answers."""

from __future__ import annotations

from .requests import filled, request_to, route_request
from .status import settled_status

__all__ = ["filled", "request_to", "route_request", "settled_status"]
