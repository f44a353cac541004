"""Bodies that are no JSON, too large, or drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import INVALID, difference, exchange_of, expect_all_rejected, expect_rejected, seconds, shown
from .searches import LABELS
from .sources import CHECKLIST, DEBUG_VALIDATION, VALIDATION, rfc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_REFUSAL = 'HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"the body is no JSON"}'
_BIG_SECONDS = 2.0


@requirement(
    "AICHAT-VAL-09",
    Level.MUST,
    VALIDATION,
    rfc(9110, "15.5"),
    why="Broken JSON is the client's mistake; a 500 says that it is the backend's, and wakes somebody at night.",
    example=_REFUSAL,
    remedy={
        "any": "Catch the parser's error and answer 400.",
        "express": "An error handler after `express.json()`; it passes the error with `status` 400.",
        "next": "try/catch round `await request.json()`: it throws, also for an empty body.",
        "go": "Answer 400 where `json.Decoder` fails.",
        "fastapi": "Take the body as a model; a hand-made `await request.json()` raises into a 500.",
    },
    scenarios=("broken_json",),
)
def test_broken_json_is_refused(case: Case) -> None:
    """A body that is no JSON (wrong syntax, cut short, empty) is answered with 400 or 422."""
    recording = case["broken_json"]
    labels = {"wrong syntax": "syntax", "cut short": "truncated", "an empty body": "empty_body"}
    expect_all_rejected({what: exchange_of(recording, label) for what, label in labels.items()})


@requirement(
    "AICHAT-VAL-10",
    Level.SHOULD,
    VALIDATION,
    rfc(9110, "15.5.16"),
    why="Any page can send text/plain without a preflight: where its body is taken for JSON and the user is known by "
    "a cookie, every page can chat in the user's name.",
    example="HTTP/1.1 415 Unsupported Media Type",
    remedy={
        "any": "Require the media type `application/json`.",
        "express": "`express.json()` does so by default; do not give it `type: '*/*'`.",
        "go": "Look at the Content-Type before you decode.",
        "next": "Look at the Content-Type: `request.json()` does not.",
    },
    scenarios=("content_type",),
)
def test_json_under_another_media_type_is_refused(case: Case) -> None:
    """JSON sent as `text/plain` is answered with 415, 400 or 422."""
    expect_rejected(exchange_of(case["content_type"], "text"), "JSON as text/plain", INVALID | {415})


@requirement(
    "AICHAT-VAL-14",
    Level.SHOULD,
    DEBUG_VALIDATION,
    rfc(9110, "15.5.14"),
    why="Bodies without a limit fill the memory; and who is not answered soon keeps the connection busy.",
    example="HTTP/1.1 413 Content Too Large",
    remedy={
        "any": "Limit the body to a little more than the longest message (64 KB), and answer 413.",
        "express": "`express.json({ limit: '64kb' })`.",
        "fastify": "`bodyLimit: 65536`.",
        "fastapi": "A middleware that looks at Content-Length and counts what arrives; there is no limit by default.",
        "go": "`http.MaxBytesReader`.",
        "nginx": "`client_max_body_size 64k`.",
    },
    scenarios=("big_body",),
)
def test_big_body_is_refused_at_once(case: Case) -> None:
    """A body of 2 MB is answered with 413, 400 or 422 within 2 s, and the backend goes on answering."""
    recording = case["big_body"]
    exchange = exchange_of(recording, "two_megabytes")
    expect_rejected(exchange, "2 MB", INVALID | {413})
    took = exchange.response.at_ns if exchange.response else 0
    expect(took <= _BIG_SECONDS * 1e9, found=f"an answer after {seconds(took)}", expected="one within 2 s", at=exchange)
    after = exchange_of(recording, "after")
    expect(after.response is not None, found=f"afterwards: {shown(after)}", expected="an answer", at=after)


@requirement(
    "AICHAT-VAL-15",
    Level.MUST,
    VALIDATION,
    CHECKLIST,
    why="What a backend does with input that nobody thought of is where it breaks: a server error, a turn that is "
    "paid for, or a request that hangs.",
    example=_REFUSAL,
    remedy={
        "any": "Send the curl line, find the request in the log by its id, and catch what is raised there.",
        "fastapi": "The default 422 repeats the input: NaN and lone surrogates in it become a 500. Leave it out in a "
        "handler for RequestValidationError, and catch RecursionError round the parser.",
        "express": "An error handler after `express.json()`.",
    },
    scenarios=("fuzz",),
)
def test_fuzzed_input_is_refused(case: Case) -> None:
    """Invalid input drawn at random is never answered with a server error, a stream or silence."""
    recording = case["fuzz"]
    asked = recording.findings.get("asked") or {}
    found = {label: recording.findings.get(label) or {"examples": 0, "why": ""} for label in LABELS}
    wrong = {label: finding for label, finding in found.items() if finding["why"]}
    if wrong:
        raise Failure(
            found="; ".join(_shown(label, finding, asked) for label, finding in wrong.items()),
            expected="a 4xx with a short body",
            at=_failing(recording, next(iter(wrong))),
        )
    # Equal requests are sent once, so that a few less than asked for are enough.
    few = [label for label in LABELS if 2 * found[label]["examples"] < max(1, asked.get(label, 0))]
    if few:
        sent = ", ".join(f"{label}: {found[label]['examples']} of {asked.get(label, 0)}" for label in few)
        raise NotTestable(f"fewer examples were sent than asked for ({sent})")


def _shown(label: str, finding: Mapping[str, Any], asked: Mapping[str, int]) -> str:
    return f"{label}, after {finding['examples']} of {asked.get(label, 0)} examples and shrunk: {finding['why']}"


def _failing(recording: Recording, label: str) -> Exchange | None:
    """The exchange of a shrunk example; its request becomes the curl line."""
    return next((exchange for exchange in recording.exchanges if exchange.label == f"{label}/failing"), None)


@requirement(
    "AICHAT-VAL-16",
    Level.MUST,
    CHECKLIST,
    why="A rejection counts only if the backend lives on: one that crashed or locked up also answers no bad request.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream",
    remedy={
        "any": "Look into the log at the time of the last invalid requests: a worker died, or a pool is exhausted.",
    },
    scenarios=("turn", "after"),
)
def test_backend_still_answers_afterwards(case: Case) -> None:
    """After all invalid requests a plain turn is answered as the first one was."""
    exchange = exchange_of(case["after"], "turn")
    apart = difference(case, exchange, exchange_of(case["turn"], "turn"))
    # A backend that can no longer be reached is what this requirement speaks of: then no request shows it.
    shown_by = None if exchange.unsent else exchange
    expect(not apart, found=f"after all other requests: {apart}", expected="a turn like the first", at=shown_by)
