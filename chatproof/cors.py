"""CORS as a browser decides it: pure functions of a page's request and the backend's answer (WHATWG Fetch)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatproof.recording import Request, Response

__all__ = [
    "CorsRequest",
    "Decision",
    "Reason",
    "actual_decision",
    "cors_check",
    "cors_request",
    "exposes",
    "header_check",
    "is_safelisted",
    "max_age_seconds",
    "method_check",
    "preflight_decision",
    "preflighted_request",
    "status_check",
    "unsafe_header_names",
]

# The headers that a browser writes by itself: no script can set them, so no permission is asked for them.
_OWN = re.compile(
    r"(?i:accept-charset|accept-encoding|access-control-request-.*|connection|content-length|cookie2?|date|dnt|expect"
    r"|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|user-agent|via|proxy-.*|sec-.*)"
)
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SAFE_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})
_SAFE_RESPONSE_NAMES = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)
_DELTA_LIMIT = 2**31


class Reason(StrEnum):
    """Why a page may read an answer, or may not."""

    ALLOWED = "allowed"
    NO_ANSWER = "no answer"
    STATUS_NOT_OK = "status not ok"
    ORIGIN_MISSING = "origin missing"
    ORIGIN_SEVERAL = "several origins"
    ORIGIN_DIFFERENT = "another origin"
    WILDCARD_WITH_CREDENTIALS = "wildcard with credentials"
    CREDENTIALS_NOT_ALLOWED = "credentials not allowed"
    METHODS_MALFORMED = "methods malformed"
    METHOD_NOT_LISTED = "method not listed"
    HEADERS_MALFORMED = "headers malformed"
    AUTHORIZATION_NOT_LISTED = "authorization not listed"
    HEADER_NOT_LISTED = "header not listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRequest:
    """
    A cross-origin request as a page's script makes it.

    `unsafe_names` are the lower-case names of the headers that need permission, sorted.
    `credentials` is the credentials mode `include` (cookies): an `Authorization` header that the
    script sets does not make a request credentialed in this sense.
    """

    origin: str
    method: str
    unsafe_names: tuple[str, ...] = ()
    credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the browser decides for a page; `because` is a clause that quotes the answer."""

    origin: str
    reason: Reason
    because: str = ""

    @property
    def allowed(self) -> bool:
        """The browser lets the page go on."""
        return self.reason is Reason.ALLOWED

    def __str__(self) -> str:
        """The decision as a sentence."""
        outcome = "allowed" if self.allowed else f"blocked because {self.because}"
        return f"page at {self.origin}: {outcome}"


def cors_request(request: Request, *, credentials: bool = False) -> CorsRequest:
    """An actual request as recorded, less the headers that a browser writes by itself."""
    written = [(name, value) for name, value in request.headers if not _OWN.fullmatch(name)]
    return CorsRequest(
        origin=request.header("origin") or "",
        method=request.method,
        unsafe_names=unsafe_header_names(written),
        credentials=credentials,
    )


def preflighted_request(preflight: Request, *, credentials: bool = False) -> CorsRequest:
    """The request that a recorded preflight asks permission for."""
    names = preflight.header("access-control-request-headers") or ""
    return CorsRequest(
        origin=preflight.header("origin") or "",
        method=preflight.header("access-control-request-method") or "",
        unsafe_names=tuple(sorted({name.strip().lower() for name in names.split(",")} - {""})),
        credentials=credentials,
    )


def is_safelisted(name: str, value: str) -> bool:
    """A header that needs no permission (Fetch, CORS-safelisted request-header); `value` has one character per byte."""
    if len(value) > 128:  # noqa: PLR2004 - the number of the standard
        return False
    match name.lower():
        case "accept":
            return not _UNSAFE_BYTE.search(value)
        case "accept-language" | "content-language":
            return _LANGUAGE.fullmatch(value) is not None
        case "content-type":
            return not _UNSAFE_BYTE.search(value) and value.split(";", 1)[0].strip(" \t").lower() in _SAFE_TYPES
        case "range":
            found = _RANGE.fullmatch(value)
            return found is not None and (not found[2] or int(found[1]) <= int(found[2]))
        case _:
            return False


def unsafe_header_names(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """
    The names that a preflight asks for: lower case, sorted (Fetch, CORS-unsafe request-header names).

    Safe headers become unsafe together when their values are longer than 1024 bytes in all.
    """
    unsafe: set[str] = set()
    safe: set[str] = set()
    size = 0
    for name, value in headers:
        if is_safelisted(name, value):
            safe.add(name.lower())
            size += len(value)
        else:
            unsafe.add(name.lower())
    return tuple(sorted(unsafe | safe if size > 1024 else unsafe))  # noqa: PLR2004 - the number of the standard


def preflight_decision(request: CorsRequest, response: Response | None) -> Decision:
    """Whether the browser sends the request after this answer to its preflight (Fetch, CORS-preflight fetch)."""
    return _first_block(request, response, status_check, cors_check, method_check, header_check)


def actual_decision(request: CorsRequest, response: Response | None) -> Decision:
    """Whether the page may read the actual answer, whatever its status (Fetch, CORS check)."""
    return _first_block(request, response, cors_check)


def _first_block(
    request: CorsRequest, response: Response | None, *checks: Callable[[CorsRequest, Response], Decision]
) -> Decision:
    if response is None:
        return Decision(origin=request.origin, reason=Reason.NO_ANSWER, because="there was no answer")
    decisions = [check(request, response) for check in checks]
    return next((decision for decision in decisions if not decision.allowed), decisions[0])


def status_check(request: CorsRequest, response: Response) -> Decision:
    """A preflight counts with a status from 200 to 299 only; redirects are not followed."""
    if 200 <= response.status <= 299:  # noqa: PLR2004 - the ok statuses
        return Decision(origin=request.origin, reason=Reason.ALLOWED)
    return Decision(
        origin=request.origin,
        reason=Reason.STATUS_NOT_OK,
        because=f"the preflight was answered with status {response.status}",
    )


def cors_check(request: CorsRequest, response: Response) -> Decision:
    """The origin and credentials part of the decision (Fetch, CORS check); the status plays no part."""
    reason, because = _origin_block(request, response)
    found = _joined(response, "access-control-allow-credentials")
    if not because and request.credentials and found != "true":
        reason = Reason.CREDENTIALS_NOT_ALLOWED
        said = "is missing" if found is None else f"is `{found}`, not `true`"
        because = f"Access-Control-Allow-Credentials {said}, and the request carries credentials"
    return Decision(origin=request.origin, reason=reason, because=because)


def _origin_block(request: CorsRequest, response: Response) -> tuple[Reason, str]:
    allowed = _joined(response, "access-control-allow-origin")
    if allowed is None:
        return Reason.ORIGIN_MISSING, "Access-Control-Allow-Origin is missing"
    if allowed == "*" and not request.credentials:
        return Reason.ALLOWED, ""
    if allowed == "*":
        return Reason.WILDCARD_WITH_CREDENTIALS, "Access-Control-Allow-Origin is `*` with credentials"
    if allowed == request.origin:
        return Reason.ALLOWED, ""
    if "," in allowed:
        return Reason.ORIGIN_SEVERAL, f"Access-Control-Allow-Origin has several values, `{allowed}`"
    return Reason.ORIGIN_DIFFERENT, f"Access-Control-Allow-Origin is `{allowed}`{_likeness(allowed, request.origin)}"


def _likeness(found: str, origin: str) -> str:
    """What a value that is not the origin has in common with it."""
    if found == f"{origin}/":
        return ", with a slash at the end that an origin never has"
    if found.lower() == origin.lower():
        return ", which differs in case"
    return ""


def method_check(request: CorsRequest, response: Response) -> Decision:
    """The method is listed (case matters), safe, or covered by `*` without credentials."""
    listed = _list_of(response, "access-control-allow-methods")
    value = _joined(response, "access-control-allow-methods")
    reason, because = Reason.ALLOWED, ""
    if listed is None:
        reason = Reason.METHODS_MALFORMED
        because = f"Access-Control-Allow-Methods is `{value}`, which is no list of methods"
    elif not (
        request.method in listed or request.method in _SAFE_METHODS or ("*" in listed and not request.credentials)
    ):
        reason = Reason.METHOD_NOT_LISTED
        because = f"{request.method} is not in Access-Control-Allow-Methods ({_shown(value)})"
    return Decision(origin=request.origin, reason=reason, because=because)


def header_check(request: CorsRequest, response: Response, *, wildcard_covers_authorization: bool = False) -> Decision:
    """
    Every unsafe header is listed (case does not matter) or covered by `*` without credentials.

    `*` does not cover `Authorization` in the Fetch standard; Chromium 156 accepts it all the same,
    which is what `wildcard_covers_authorization` stands for.
    """
    listed = _list_of(response, "access-control-allow-headers")
    value = _joined(response, "access-control-allow-headers")
    if listed is None:
        because = f"Access-Control-Allow-Headers is `{value}`, which is no list of header names"
        return Decision(origin=request.origin, reason=Reason.HEADERS_MALFORMED, because=because)
    names = {name.lower() for name in listed}
    wildcard = "*" in names and not request.credentials
    for name in request.unsafe_names:
        by_name = name == "authorization" and not wildcard_covers_authorization
        if name in names or (wildcard and not by_name):
            continue
        reason = Reason.AUTHORIZATION_NOT_LISTED if name == "authorization" else Reason.HEADER_NOT_LISTED
        because = f"`{name}` is not in Access-Control-Allow-Headers ({_shown(value)})"
        return Decision(origin=request.origin, reason=reason, because=because)
    return Decision(origin=request.origin, reason=Reason.ALLOWED)


def exposes(response: Response, name: str, *, credentials: bool = False) -> bool:
    """A page's script can read this response header (Fetch, CORS-safelisted response-header name)."""
    wanted = name.lower()
    if wanted in {"set-cookie", "set-cookie2"}:
        return False
    listed = {item.lower() for item in _list_of(response, "access-control-expose-headers") or ()}
    return wanted in _SAFE_RESPONSE_NAMES or wanted in listed or ("*" in listed and not credentials)


def max_age_seconds(response: Response) -> int | None:
    """`Access-Control-Max-Age` in seconds; None where it is absent or no delta-seconds, so that 5 s hold."""
    value = _joined(response, "access-control-max-age")
    if value is None or not re.fullmatch(r"[0-9]+", value):
        return None
    digits = value.lstrip("0") or "0"
    # RFC 9111 1.2.2: what overflows is taken as 2^31; beyond ten digits it surely does.
    return min(int(digits), _DELTA_LIMIT) if len(digits) <= len(str(_DELTA_LIMIT)) else _DELTA_LIMIT


def _joined(response: Response, name: str) -> str | None:
    """The values of a header without the blanks round them, joined as Fetch gets them."""
    values = [value.strip(" \t") for value in response.values(name)]
    return ", ".join(values) if values else None


def _list_of(response: Response, name: str) -> list[str] | None:
    """The tokens of a list header; empty where it is absent, None where it is malformed."""
    items = [item.strip(" \t") for item in (_joined(response, name) or "").split(",")]
    tokens = [item for item in items if item]
    return tokens if all(_TOKEN.fullmatch(token) for token in tokens) else None


def _shown(value: str | None) -> str:
    return "which is missing" if value is None else f"`{value}`"
