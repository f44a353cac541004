"""Other ways to allow pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from legal.variant import policy, wrapped

from chatproof.fixtures.backend import cors
from chatproof.fixtures.faults.wrap import head_changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.fixtures.backend.asgi import Answer, App, Headers, Request, Scope
    from chatproof.fixtures.backend.settings import Settings
    from chatproof.fixtures.faults.wrap import Start

__all__ = ["VARIANTS"]

_EXPOSED = ("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")


def _preflight_with(*lines: tuple[str, str], status: int = 204) -> Callable[[str | None, str], Answer]:
    """Preflights with headers replaced; an empty value leaves one out."""
    changed = {name.lower() for name, _ in lines}

    def preflight_answer(allowed: str | None, methods: str) -> Answer:
        answer = cors.preflight_answer(allowed, methods)
        if allowed is None:
            return answer
        kept = tuple(line for line in answer.headers if line[0].lower() not in changed)
        return replace(answer, status=status, headers=(*kept, *(line for line in lines if line[1])))

    return preflight_answer


def _anybody(_request: Request, _settings: Settings, _choose: object) -> Headers:
    return (("Access-Control-Allow-Origin", "*"), _EXPOSED)


def _listed(*lines: tuple[str, str]) -> Callable[[Request, Settings, Callable[[str, Settings], str | None]], Headers]:
    """Listed pages get these lines beside the origin, which stands in place of `{origin}`; others nothing."""

    def actual_headers(request: Request, settings: Settings, choose: Callable[[str, Settings], str | None]) -> Headers:
        allowed = choose(request.header("origin") or "", settings)
        vary = tuple(line for line in lines if line[0] == "Vary")
        return tuple((name, value.replace("{origin}", allowed)) for name, value in lines) if allowed else vary

    return actual_headers


def _evil_refused(app: App, _settings: Settings) -> App:
    """Pages that are not listed are told off with 403, as some frameworks do."""

    def change(scope: Scope, start: Start) -> Start:
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        return start.with_status(403) if origin and not start.value("access-control-allow-origin") else start

    return head_changed(app, change)


_ORIGIN = ("Access-Control-Allow-Origin", "{origin}")
_NO_CREDENTIALS = {"CORS-ACT-02": "no page sends cookies, and no answer claims to allow them"}

VARIANTS = (
    policy(
        "preflight_with_more_names",
        "Preflights allow more headers and methods than are asked for, in odd case, with odd blanks.",
        {
            "preflight_answer": _preflight_with(
                ("Access-Control-Allow-Headers", "X-Api-Key ,AUTHORIZATION,, content-TYPE , last-event-id"),
                ("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
            )
        },
    ),
    policy(
        "preflight_in_lines",
        "What preflights allow is spread over several lines.",
        {
            "preflight_answer": _preflight_with(
                ("Access-Control-Allow-Headers", "authorization"),
                ("Access-Control-Allow-Headers", "content-type"),
                ("Access-Control-Allow-Headers", "last-event-id"),
            )
        },
    ),
    policy(
        "preflight_with_200",
        "Preflights are answered with 200.",
        {"preflight_answer": _preflight_with(status=200)},
    ),
    policy(
        "preflight_without_methods",
        "Preflights name no method: POST needs no permission.",
        {"preflight_answer": _preflight_with(("Access-Control-Allow-Methods", ""))},
    ),
    policy(
        "max_age_absent",
        "Preflights do not say how long they hold.",
        {"preflight_answer": _preflight_with(("Access-Control-Max-Age", ""))},
        not_met={"CORS-PRE-07": "browsers ask again after 5 s", "AICHAT-CORS-09": "as above"},
    ),
    policy(
        "any_origin",
        "Any page may call: declared so.",
        {"actual_headers": _anybody},
        backend={"cors": "any"},
        unseen={**_NO_CREDENTIALS, "CORS-ACT-05": 'cors = "any" is declared: no origin is foreign'},
    ),
    policy(
        "no_credentials",
        "Pages send no cookies, and are not asked to.",
        {"actual_headers": _listed(_ORIGIN, _EXPOSED, ("Vary", "Accept-Encoding"), ("Vary", "accept, origin"))},
        unseen=_NO_CREDENTIALS,
    ),
    policy(
        "credentials_denied",
        "Answers say that cookies are not for them.",
        {"actual_headers": _listed(_ORIGIN, _EXPOSED, ("Vary", "*"), ("Access-Control-Allow-Credentials", "false"))},
        unseen=_NO_CREDENTIALS,
    ),
    policy(
        "everything_exposed",
        "All headers are exposed by `*`, which counts where no cookies are sent.",
        {"actual_headers": _listed(_ORIGIN, ("Vary", "Origin"), ("Access-Control-Expose-Headers", "*"))},
        unseen=_NO_CREDENTIALS,
    ),
    wrapped("foreign_pages_403", "Pages that are not listed are answered with 403.", _evil_refused),
)
