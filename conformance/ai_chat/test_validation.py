"""Which messages, sessions and switches are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import (
    INVALID,
    accepted,
    exchange_of,
    expect_all_rejected,
    expect_rejected,
    json_of,
    shown,
)
from .order import excerpt
from .sources import DEBUG_VALIDATION, VALIDATION, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.config import AiChat
    from chatproof.recording import Exchange

_TOO_LONG = INVALID | {413}
_REFUSAL = 'HTTP/1.1 422 Unprocessable Content\nContent-Type: application/json\n\n{"detail":"message: too short"}'
_CLIENT_ERRORS = 4
_TYPES = {"number": "a number", "boolean": "a boolean", "list": "a list", "object": "an object", "null": "null"}
_SESSIONS = tuple(f"session/{kind}" for kind in ("invalid", "bad-format", "short", "long", "newline", "prefixed"))


@requirement(
    "AICHAT-VAL-01",
    Level.MUST,
    VALIDATION,
    DEBUG_VALIDATION,
    why="An empty message costs a turn for nothing; and a stream in answer hides the error from the client.",
    example=_REFUSAL,
    remedy={
        "any": "Validate before the first byte of the stream.",
        "fastapi": "`message: str = Field(min_length=1, max_length=4000)`.",
        "fastify": "`message: { type: 'string', minLength: 1, maxLength: 4000 }` in the route's schema.",
        "express": "Validate (zod, joi) before `res.writeHead`.",
    },
    scenarios=("invalid_fields",),
)
def test_empty_message_is_refused(case: Case) -> None:
    """An empty message is answered with 400 or 422, not with a stream."""
    exchange = exchange_of(case["invalid_fields"], "empty")
    expect_rejected(exchange, "an empty message")


@requirement(
    "AICHAT-VAL-02",
    Level.MUST,
    VALIDATION,
    why="A request without a message is a client's mistake, and a default in its place hides it.",
    example=_REFUSAL,
    remedy={
        "any": "Make the field required, without a default.",
        "fastapi": '`message: str` without `= ""`.',
        "fastify": "`required: ['message']` in the schema.",
    },
    scenarios=("invalid_fields",),
)
def test_missing_message_is_refused(case: Case) -> None:
    """A request without a message is answered with 400 or 422."""
    expect_rejected(exchange_of(case["invalid_fields"], "missing"), "no message")


@requirement(
    "AICHAT-VAL-03",
    Level.SHOULD,
    VALIDATION,
    why="A value of another type is a client's mistake; turned into text it reaches the model as `[object Object]`.",
    example=_REFUSAL,
    remedy={
        "any": "Check the type, and coerce nothing.",
        "fastify": '`ajv: { customOptions: { coerceTypes: false } }`: by default 5 becomes `"5"`.',
        "express": "`z.string()`, not `z.coerce.string()`.",
    },
    scenarios=("invalid_fields",),
)
def test_message_of_another_type_is_refused(case: Case) -> None:
    """A message that is a number, boolean, list, object or null is answered with 400 or 422."""
    recording = case["invalid_fields"]
    expect_all_rejected({what: exchange_of(recording, label) for label, what in _TYPES.items()})


@requirement(
    "AICHAT-VAL-04",
    Level.MUST,
    DEBUG_VALIDATION,
    why="The limit bounds what a turn may cost; a message at the limit is allowed, and clients count on that.",
    example=_REFUSAL,
    remedy={
        "any": "Accept up to the limit, the limit included, and refuse what is longer before the model is called.",
        "fastapi": "`Field(max_length=4000)`.",
        "fastify": "`maxLength: 4000`.",
        "express": "`z.string().max(4000)`; and a body limit above it, or the parser answers first.",
    },
    scenarios=("lengths",),
)
def test_message_limit_is_exact(case: Case) -> None:
    """A message of as many characters as the limit is accepted; longer ones are answered with 400, 413 or 422."""
    recording = case["lengths"]
    limit = case.settings.message_limit
    at_limit = exchange_of(recording, "limit")
    expect(
        accepted(at_limit),
        found=f"{limit} characters: {shown(at_limit)}",
        expected="a chat turn",
        at=at_limit,
    )
    longer = {
        f"{limit + 1} characters": exchange_of(recording, "over"),
        f"{limit + 100} characters": exchange_of(recording, "far_over"),
    }
    expect_all_rejected(longer, _TOO_LONG)


@requirement(
    "AICHAT-VAL-05",
    Level.MAY,
    DEBUG_VALIDATION,
    why="The guide does not say what a character is. Where front end and backend count differently, users with emoji "
    "are refused at half the limit that they see.",
    example="4000 emoji (8000 UTF-16 units, 16000 bytes) are accepted",
    remedy={
        "any": "Count code points, and say so in the documentation.",
        "express": "`[...message].length` counts code points, `message.length` UTF-16 units.",
        "go": "`utf8.RuneCountInString`, not `len`.",
    },
    scenarios=("lengths",),
)
def test_characters_are_counted_as_code_points(case: Case) -> None:
    """A message of as many emoji as the limit is accepted: characters are code points, not UTF-16 units or bytes."""
    recording = case["lengths"]
    limit = case.settings.message_limit
    if not accepted(exchange_of(recording, "limit")):
        raise NotTestable(f"{limit} letters are not accepted either: {shown(exchange_of(recording, 'limit'))}")
    exchange = exchange_of(recording, "emoji")
    if not accepted(exchange):
        raise Failure(
            found=f"{limit} emoji ({2 * limit} UTF-16 units, {4 * limit} bytes): {shown(exchange)}",
            expected="a chat turn, where characters are counted as code points",
            at=exchange,
        )


@requirement(
    "AICHAT-VAL-06",
    Level.MAY,
    VALIDATION,
    why="A message of white space alone is empty to its reader, and costs a turn all the same.",
    example=_REFUSAL,
    remedy={
        "any": "Trim before you check that the message is not empty.",
        "fastapi": "`Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]`.",
        "fastify": "`pattern: '\\\\S'` beside `minLength`.",
        "express": "`z.string().trim().min(1)`.",
    },
    scenarios=("whitespace",),
)
def test_message_of_white_space_is_refused(case: Case) -> None:
    """A message of white space alone is refused like an empty one (the guide leaves this open)."""
    expect_rejected(exchange_of(case["whitespace"], "turn"), "a message of three spaces")


@requirement(
    "AICHAT-VAL-07",
    Level.MUST,
    VALIDATION,
    DEBUG_VALIDATION,
    why="A session id ends up in keys, logs and queries; one that is matched in part only carries anything before or "
    "behind it.",
    example=_REFUSAL,
    remedy={
        "any": "Match the whole id, and refuse anything else.",
        "fastapi": "`re.fullmatch`, or `\\Z` in place of `$`, which lets a line break pass in Python.",
        "fastify": "`pattern: '^session-\\\\d{8}-\\\\d{6}-[a-z0-9]{4}$'` in the schema.",
        "express": "Anchors at both ends: `/^session-...$/`.",
    },
    scenarios=("invalid_fields",),
)
def test_session_id_is_matched_as_a_whole(case: Case) -> None:
    """The documented session id is accepted; ids that miss its form are answered with 400 or 422."""
    recording = case["invalid_fields"]
    sample = exchange_of(recording, "session/sample")
    expect(
        accepted(sample),
        found=f"`{case.settings.session_example}`: {shown(sample)}",
        expected="a chat turn",
        at=sample,
    )
    wrong = {
        label.replace("session/", "session id "): exchange_of(recording, label)
        for label in _SESSIONS
        if label in recording
    }
    if not wrong:
        reason = "the declared `session_pattern` takes every id that we would send"
        raise NotClaimed(reason, declare='session_pattern = "session-[0-9]{8}"')
    expect_all_rejected(wrong)


@requirement(
    "AICHAT-VAL-08",
    Level.SHOULD,
    DEBUG_VALIDATION,
    why='`"useMemory": "no"` is true to a backend that coerces: the user\'s history is read although it must not be.',
    example=_REFUSAL,
    remedy={
        "any": "Accept true and false only.",
        "fastapi": '`useMemory: StrictBool`: a plain `bool` takes `"yes"`.',
        "fastify": "`ajv: { customOptions: { coerceTypes: false } }`.",
    },
    scenarios=("invalid_fields",),
)
def test_memory_switch_is_a_boolean(case: Case) -> None:
    """A memory switch that is text is answered with 400 or 422."""
    expect_rejected(exchange_of(case["invalid_fields"], "memory/text"), f'`{case.settings.memory_field}: "yes"`')


@requirement(
    "AICHAT-VAL-11",
    Level.SHOULD,
    VALIDATION,
    rfc(9457, "3"),
    why="A client can show what is wrong only if the answer says which field it is, in a form that it can read.",
    example="HTTP/1.1 422 Unprocessable Content\nContent-Type: application/problem+json\n\n"
    '{"status":422,"detail":"message is empty"}',
    remedy={
        "any": "Answer with JSON (problem+json, or the framework's own form) that names the field.",
        "fastapi": "Keep the default handler of RequestValidationError, which names the field in `loc`.",
        "fastify": "Keep the default error handler, which says `body/message must ...`.",
        "express": "An error handler that sends JSON: the default sends HTML.",
        "next": "Return `Response.json(..., { status: 400 })`: an exception becomes an empty 500.",
    },
    scenarios=("invalid_fields",),
)
def test_refusal_names_the_field(case: Case) -> None:
    """A refused request is answered with JSON that names the field."""
    refused = [entry for entry in case["invalid_fields"].exchanges if (entry.status or 0) // 100 == _CLIENT_ERRORS]
    if not refused:
        raise NotTestable("no invalid request was answered with a 4xx")
    for exchange in refused:
        json_of(exchange)
        field = _field(case, exchange)
        body = exchange.body.decode("utf-8", "replace")
        expect(
            field.lower() in body.lower(),
            found=f"{exchange.label}: {excerpt(body, 120)}",
            expected=f"a JSON body that names `{field}`",
            at=exchange,
        )


def _field(case: Case, exchange: Exchange) -> str:
    """The field that is wrong in a request of the scenario."""
    part = exchange.label.partition("/")[0]
    settings: AiChat = case.settings
    return {"session": settings.session_field, "memory": settings.memory_field}.get(part, settings.message_field)
