"""Other ways to refuse, to challenge and to limit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from legal.variant import policy, wrapped

from chatproof.fixtures.backend import tokens, validation
from chatproof.fixtures.backend.asgi import Answer, json_answer
from chatproof.fixtures.backend.problem import Problem
from chatproof.fixtures.faults.wrap import CHAT_PATH, head_changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.fixtures.backend.asgi import App, Receive, Request, Scope, Send
    from chatproof.fixtures.backend.settings import Settings
    from chatproof.fixtures.backend.validation import ChatTurn
    from chatproof.fixtures.faults.wrap import Start

__all__ = ["VARIANTS"]

_PROBLEM = {"HTTP-PROB-01": "no error comes as problem details"}


def _own_json(changes: dict[int, int]) -> Callable[[Problem, str], Answer]:
    """Errors in a JSON form of one's own, some with another status."""

    def render(problem: Problem, _request_id: str) -> Answer:
        error: dict[str, Any] = {"code": "invalid_request", "message": problem.detail}
        if problem.field:
            error["fields"] = [problem.field]
        return json_answer(changes.get(problem.status, problem.status), {"error": error}, headers=problem.headers)

    return render


def _as_fastapi(problem: Problem, _request_id: str) -> Answer:
    detail = [{"type": "value_error", "loc": ["body", problem.field], "msg": problem.detail}]
    answer = json_answer(problem.status, {"detail": detail}, headers=problem.headers)
    body = json.dumps({"detail": detail}, indent=2).encode()
    kept = tuple(line for line in answer.headers if line[0] not in {"Content-Length", "Cache-Control"})
    return Answer(status=answer.status, headers=(*kept, ("Content-Length", str(len(body)))), body=body)


def _too_long(fields: dict[str, Any], settings: Settings) -> ChatTurn:
    message = fields.get("message")
    if isinstance(message, str) and len(message) > settings.message_limit:
        raise Problem(413, "message is too long", field="message")
    return validation.validate(fields, settings)


def _media_type_as(status: int) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        try:
            validation.check_media_type(request)
        except Problem as problem:
            raise Problem(status, problem.detail) from problem

    return check


def _challenge(*lines: str) -> Callable[..., Problem]:
    """Challenges by line; `{error}` becomes the error code where a token was sent."""

    def unauthorized(*, token_sent: bool) -> Problem:
        error = ', error="invalid_token", error_description="expired, or forged"' if token_sent else ""
        problem = tokens.unauthorized(token_sent=token_sent)
        problem.headers = tuple(("WWW-Authenticate", line.replace("{error}", error)) for line in lines)
        return problem

    return unauthorized


def _limited_until(wait_seconds: int) -> Problem:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=wait_seconds), usegmt=True)
    return Problem(429, "too many requests", headers=(("Retry-After", until),))


def _on_get(status: int) -> Callable[[App, Settings], App]:
    def change(scope: Scope, start: Start) -> Start:
        get = scope["method"] in {"GET", "HEAD"} and scope["path"] == CHAT_PATH
        return start.with_status(status).without("Allow") if get else start

    return lambda app, _settings: head_changed(app, change)


def _slash(status: int) -> Callable[[App, Settings], App]:
    """A slash at the end of the path is overlooked (0) or redirected with the method and the body kept."""

    def wrap(app: App, _settings: Settings) -> App:
        async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] != f"{CHAT_PATH}/":
                await app(scope, receive, send)
            elif not status:
                await app({**scope, "path": CHAT_PATH}, receive, send)
            else:
                headers = [(b"location", CHAT_PATH.encode("ascii")), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": b""})

        return wrapper

    return wrap


def _with_cookies(app: App, _settings: Settings) -> App:
    def change(_scope: Scope, start: Start) -> Start:
        first = start.with_header("Set-Cookie", "session=abc; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly")
        return first.with_header("Set-Cookie", "theme=dark; Path=/")

    return head_changed(app, change)


def _stream_headers(*lines: tuple[str, str]) -> dict[str, Any]:
    return {"stream_headers": lambda: lines}


_TYPE = ("Content-Type", "text/event-stream")
_CACHE = ("Cache-Control", "no-cache, no-store, no-transform")
_NO_BUFFER = ("X-Accel-Buffering", "no")

VARIANTS = (
    policy(
        "refusals_with_400",
        "What is invalid is answered with 400, in a JSON form of one's own.",
        {"render_problem": _own_json({422: 400, 405: 405})},
        unseen=_PROBLEM,
    ),
    policy(
        "refusals_with_422",
        "What is invalid is answered with 422, broken JSON included.",
        {"render_problem": _own_json({400: 422, 413: 422})},
        unseen=_PROBLEM,
    ),
    policy("refusals_as_fastapi", "Errors are a list of fields.", {"render_problem": _as_fastapi}, unseen=_PROBLEM),
    policy("too_long_with_413", "A message that is too long is answered with 413.", {"validate": _too_long}),
    policy("media_type_with_400", "Another media type is a 400.", {"check_media_type": _media_type_as(400)}),
    policy("media_type_with_422", "Another media type is a 422.", {"check_media_type": _media_type_as(422)}),
    policy(
        "challenge_in_lower_case",
        "The challenge has a realm, and its scheme is in lower case.",
        {"unauthorized": _challenge('bearer realm="chat, with \\"quotes\\""{error}')},
    ),
    policy(
        "challenges_in_one_line",
        "Bearer is one of several challenges of a line.",
        {"unauthorized": _challenge('Basic realm="a, Bearer b", BEARER realm=x{error}, Negotiate')},
    ),
    policy(
        "challenges_in_two_lines",
        "Bearer is the second of two challenges.",
        {"unauthorized": _challenge('DPoP algs="ES256 PS256"', 'Bearer scope="chat"{error}')},
    ),
    policy("retry_after_date", "Retry-After is a date.", {"limit_problem": _limited_until}),
    wrapped("get_404", "GET of the chat route is a 404.", _on_get(404)),
    wrapped("slash_overlooked", "A slash at the end of the path does not matter.", _slash(0)),
    wrapped("slash_307", "A slash at the end is redirected with 307.", _slash(307)),
    wrapped("slash_308", "A slash at the end is redirected with 308.", _slash(308)),
    wrapped("cookies", "Every answer sets cookies.", _with_cookies),
    policy(
        "odd_case_of_the_type",
        "The media type and its charset are in capitals.",
        _stream_headers(("Content-Type", "Text/Event-Stream ;CHARSET=UTF-8"), _CACHE, _NO_BUFFER),
        not_met={"SSE-CLIENT-01": "httpx-sse knows the media type in lower case only"},
    ),
    policy(
        "quoted_charset",
        "The charset is in quotes, beside another parameter.",
        _stream_headers(
            ("Content-Type", 'text/event-stream; profile="a;charset=x"; charset="utf-8"'), _CACHE, _NO_BUFFER
        ),
    ),
    policy(
        "cache_in_two_lines",
        "Cache-Control is two lines in odd case, with an extension.",
        _stream_headers(
            _TYPE, ("Cache-Control", "No-Store, private"), ("Cache-Control", 'NO-TRANSFORM, x="a, public"'), _NO_BUFFER
        ),
    ),
    policy(
        "never_cached",
        "The stream has all that is ever said to caches.",
        _stream_headers(
            _TYPE,
            ("Cache-Control", "no-cache, no-store, must-revalidate, max-age=0, no-transform, private"),
            ("Pragma", "no-cache"),
            ("Expires", "0"),
            ("X-Accel-Buffering", "NO"),
        ),
    ),
)
