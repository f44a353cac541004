"""What a turn consists of: comment, tokens, usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.sse import Comment
from chatproof.verdict import Level

from .answers import order, plain_turns
from .order import Rule
from .sources import CURL, ERRORS, HARDENING, SSE_PARSING

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_TURN = (
    ": Connected to chat stream\n\n"
    'event: token\ndata: {"text":"Hello"}\n\n'
    'event: usage\ndata: {"tokens_in":5,"tokens_out":1,"cost_usd":0.0000013,"model":"gpt-4o-mini"}\n\n'
    'event: done\ndata: {"finish_reason":"stop"}\n\n'
)


@requirement(
    "AICHAT-EVT-01",
    Level.SHOULD,
    CURL,
    HARDENING,
    why="A comment sent at once gets the headers through every hop before the model answers; until then a user "
    "cannot tell a slow model from a dead connection.",
    example=_TURN,
    remedy={
        "any": "Write a comment such as `: Connected to chat stream` before you call the model.",
        "fastapi": 'Yield `": Connected to chat stream\\n\\n"` first in the generator of the StreamingResponse.',
        "sse-starlette": 'Yield `ServerSentEvent(comment="Connected to chat stream")` first.',
        "express": "`res.flushHeaders(); res.write(': Connected to chat stream\\n\\n')` before the upstream call.",
        "fastify": "`reply.raw.write(': Connected to chat stream\\n\\n')` right after `reply.raw.flushHeaders()`.",
        "next": "Enqueue a comment in `start()` of the ReadableStream: the headers leave with the first chunk.",
        "go": 'Write `": connected\\n\\n"` and call `Flush()` right after `WriteHeader`.',
    },
)
def test_stream_begins_with_a_comment(case: Case) -> None:
    """A stream begins with a comment, before the first event."""
    for exchange in plain_turns(case):
        frames = exchange.stream.frames
        if not frames:
            raise NotTestable("the plain turn holds no frame")
        expect(
            isinstance(frames[0], Comment),
            found=f"{type(frames[0]).__name__.lower()} `{getattr(frames[0], 'type', '')}` first",
            expected="a comment as the first frame",
            at=exchange,
            offset=frames[0].offset,
        )


@requirement(
    "AICHAT-EVT-02",
    Level.MUST,
    CURL,
    why="Clients listen for `token` and append `text`; an event of another shape is lost, or breaks the client.",
    example='event: token\ndata: {"text":"Hello"}\n\n',
    remedy={
        "any": "Send every piece of the answer as `event: token` with a JSON object that holds the string `text`.",
        "fastapi": "`yield f'event: token\\ndata: {json.dumps({\"text\": piece})}\\n\\n'`.",
        "sse-starlette": '`yield {"event": "token", "data": json.dumps({"text": piece})}`.',
        "express": "`res.write(`event: token\\ndata: ${JSON.stringify({ text: piece })}\\n\\n`)`.",
        "fastify": "`reply.raw.write(`event: token\\ndata: ${JSON.stringify({ text: piece })}\\n\\n`)`.",
    },
    explains_control=True,
)
def test_answer_arrives_as_tokens_with_text(case: Case) -> None:
    """Every piece of the answer is an event named `token` whose data is a JSON object with the string `text`."""
    for exchange in plain_turns(case):
        _expect_kept(case, exchange, Rule.TOKEN, 'events named `token` with data like {"text": "..."}')


@requirement(
    "AICHAT-EVT-03",
    Level.MUST,
    CURL,
    why="Cost and quotas are counted from this event; without it, or twice, or after the client has left at `done`, "
    "the books are wrong.",
    example='event: usage\ndata: {"tokens_in":5,"tokens_out":15,"cost_usd":0.00000975,"model":"gpt-4o-mini"}\n\n',
    remedy={
        "any": "Send one `usage` between the last `token` and `done`, with `tokens_in`, `tokens_out` (integers), "
        "`cost_usd` (a number) and `model`. From OpenAI ask for it with `stream_options: {include_usage: true}`.",
    },
)
def test_usage_is_reported_once_before_done(case: Case) -> None:
    """
    A turn reports exactly one `usage`, after the last `token` and before `done`, with all its fields.

    The fields are `tokens_in` and `tokens_out` (integers from 0), `cost_usd` (a number from 0) and
    `model` (text). A turn that ends in an error owes none. A `usage` after `done` is judged here,
    and not as an event after `done`.
    """
    for exchange in plain_turns(case):
        if order(case, exchange).failed:
            raise NotTestable("the plain turn ended with `finish_reason` error, and such a turn owes no usage")
        _expect_kept(
            case,
            exchange,
            Rule.USAGE,
            "one `usage` after the last `token` and before `done`, with tokens_in, tokens_out, cost_usd and model",
        )


@requirement(
    "AICHAT-EVT-12",
    Level.SHOULD,
    CURL,
    ERRORS,
    SSE_PARSING,
    why="An event that nobody declared is lost on clients, and often is debug output that was not meant to leave.",
    example=_TURN,
    remedy={
        "any": "Send only the events of the profile, or declare the others: `extra_events = [...]`.",
    },
)
def test_event_names_are_those_of_the_profile(case: Case) -> None:
    """Events have no names beyond those of the profile and the declared ones."""
    for exchange in plain_turns(case):
        names = ["token", "usage", "done", *case.settings.extra_events]
        found = exchange.stream.events
        if not found:
            raise NotTestable("the plain turn holds no event")
        _expect_kept(case, exchange, Rule.NAME, f"only events named {', '.join(names)}")


def _expect_kept(case: Case, exchange: Exchange, rule: Rule, expected: str) -> None:
    read = order(case, exchange)
    if not read.done and not exchange.end.clean:
        raise NotTestable(f"the plain turn did not come to its end ({exchange.end.value}): see AICHAT-EVT-05")
    breach = read.of(rule)
    if breach:
        raise Failure(found=breach.found, expected=expected, at=exchange, offset=breach.offset)
