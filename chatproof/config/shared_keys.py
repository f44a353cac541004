"""Keys that the tables of several profiles have: a turn, a limit, a route, an upstream."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # get_type_hints needs it at run time
from dataclasses import dataclass
from typing import Literal

from chatproof.config.keys import Json, key

__all__ = ["Counter", "RateLimit", "Route", "Turn", "Upstream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message with a known property, such as an answer that takes long."""

    message: str = key("", "What the user says.", example="Tell me a long story")
    fields: Mapping[str, Json] = key({}, "Further fields of the request body.")
    max_duration: float = key(90.0, "Longest time the answer may take.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The backend's own limiter: how many requests at once trip it, and for whom."""

    burst: int = key(0, "So many requests in quick succession are answered with at least one 429.", minimum=1)
    claims: Mapping[str, Json] = key({}, "jwt: claims of a user set aside for this.", example='{ sub = "rate-user" }')


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route that the documents leave open; texts in braces, such as `{text}`, are replaced in path and body."""

    path: str = key("", "Its path, with the query where it has one.", example="/api/messages", kind="target")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = key("POST", "Its method.")
    body: Mapping[str, Json] = key({}, "The JSON object that it takes.", example='{ text = "{text}" }')


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """
    The suite's own stand-in for the service behind the backend.

    `variable` goes with `command`: the backend is started with the stand-in's address in it. `listen` is for a
    backend that somebody else starts, and that has this address for its upstream.
    """

    variable: str = key("", "The variable that gives the upstream's base URL.", example="STREAM_CHAT_URL")
    listen: str = key("", "Where the stand-in listens, on this machine.", example="127.0.0.1:9901", kind="address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A number that the backend tells about itself."""

    path: str = key("", "The route that tells it, in JSON.", example="/health", kind="path-part")
    field: str = key("", "The field that holds it; dots go deeper.", example="sockets.open")
