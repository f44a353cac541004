"""What the answer to a request for a session is: JSON with a secret that is fresh and the client's alone."""

from __future__ import annotations

from statistics import median_high
from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.redaction import SERVER_SECRET
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, asked_of, claimed, control, exchange_of, fields_of, secret_of, shown, working
from .sources import MODELS, SECRET, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_CREATED = frozenset({200, 201})
_LEAST_BITS = 100
_LEAST_BITS_OF_ONE = 64
"""In a single text many characters may equal their neighbour by chance: a UUID then has fewer than a hundred bits."""

_LEAST_SAMPLES = 5
_EXAMPLE = (
    "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n"
    '{"client_secret": "ck_1gD9...", "expires_at": "2026-01-01T12:00:00.000Z"}'
)


@requirement(
    "CHATKIT-SES-01",
    Level.MUST,
    SECRET,
    why="`(await res.json()).client_secret` throws on a page of HTML, and on `null` with the guide's first error: "
    "cannot read property 'client_secret' of undefined.",
    example=_EXAMPLE,
    remedy={
        "any": "Answer with a JSON object and its media type in every case, errors and expired logins included.",
        "next": "`return Response.json({...})` in the route handler; keep the middleware's login redirect off /api.",
        "express": "`res.json({...})`, and an error handler that sends JSON: by itself Express sends HTML.",
        "fastapi": "Return a dict or a model; `RedirectResponse` to a login is for pages.",
    },
    scenarios=("session",),
    means=("session_mode",),
    profiles=("chatkit",),
    explains_control=True,
)
def test_session_is_a_json_object(case: Case) -> None:
    """A session is answered with 200 or 201 and a JSON object of type `application/json`."""
    exchange = exchange_of(case["session"], "session")
    expected = "status 200 or 201 with application/json, and an object"
    media = exchange.response.media_type if exchange.response else ""
    expect(
        exchange.status in _CREATED and media == "application/json",
        found=shown(exchange),
        expected=expected,
        at=exchange,
    )
    expect(fields_of(exchange) is not None, found="a body that is no JSON object", expected=expected, at=exchange)


@requirement(
    "CHATKIT-SES-02",
    Level.MUST,
    SECRET,
    why="ChatKit gets what the client reads from this field; under another name, or nested, that is `undefined`, and "
    "JSON drops a field whose value was undefined on the server.",
    example=_EXAMPLE,
    remedy={
        "any": "Send the secret as a text in `client_secret` at the top of the object.",
        "next": "`Response.json({ client_secret: session.session_id, ... })`, after a look whether that is a string.",
        "express": "`res.json({ client_secret: ... })`, after a look whether the value is a string.",
        "fastapi": "`class Session(BaseModel): client_secret: str`, as the route's response model.",
    },
    scenarios=("session",),
    means=("session_mode",),
    profiles=("chatkit",),
    explains_control=True,
)
def test_secret_is_in_its_field(case: Case) -> None:
    """The secret is a text in its field (`client_secret`) that is not empty, and neither `undefined` nor `null`."""
    exchange = control(case)
    content, field = fields_of(exchange), case.settings.secret_field
    if content is None:
        raise NotTestable("the answer is no JSON object")
    known = secret_of(exchange, field)
    expected = f"`{field}` with a text that is not empty"
    kind = known.get("type", "missing")
    if kind == "missing":
        others = ", ".join(f"`{name}`" for name in content) or "nothing"
        expect(False, found=f"no `{field}`, but {others}", expected=expected, at=exchange)
    expect(kind == "str", found=f"`{field}` of the type {kind}", expected=expected, at=exchange)
    expect(known.get("secret"), found=f"`{field}` that is empty", expected=expected, at=exchange)
    hollow = case["session"].findings.get("hollow")
    expect(not hollow, found=f'`{field}` with the text "undefined", "null" or alike', expected=expected, at=exchange)


@requirement(
    "CHATKIT-SES-03",
    Level.MUST,
    SECRET,
    rfc(6749, "10.10"),
    why="The secret is all that stands between a stranger and the conversation: an id of the database, a counter or "
    "the user's name can be guessed, and one that stays the same cannot be taken back.",
    example=_EXAMPLE,
    remedy={
        "any": "Make at least 128 bits by a cryptographic generator for each session, and keep ids out of it.",
        "next": "`crypto.randomUUID()` or `randomBytes(32).toString('base64url')`.",
        "express": "`crypto.randomBytes(32).toString('base64url')`.",
        "fastapi": "`secrets.token_urlsafe(32)`.",
    },
    scenarios=("samples",),
    means=("session_mode",),
    profiles=("chatkit",),
)
def test_secret_is_fresh_and_not_to_be_guessed(case: Case) -> None:
    """Each session has a secret of its own with 100 bits at the least that differ from secret to secret."""
    recording, field = case["samples"], case.settings.secret_field
    given = [exchange for exchange in recording.exchanges if secret_of(exchange, field).get("secret")]
    if len(given) < _LEAST_SAMPLES:
        raise NotTestable(
            f"{len(given)} of {len(recording.exchanges)} sessions gave a secret; {_LEAST_SAMPLES} are needed"
        )
    numbers = [secret_of(exchange, field)["secret"] for exchange in given]
    repeated = next((entry for at, entry in enumerate(given) if numbers[at] in numbers[:at]), None)
    expect(
        repeated is None,
        found=f"{len(set(numbers))} secrets in {len(numbers)} sessions",
        expected="a secret of its own for each session",
        at=repeated,
    )
    bits = recording.findings.get("varying_bits", [])
    if not bits:
        raise NotTestable("the secrets were not compared")
    fewest = min(bits) if min(bits) < _LEAST_BITS_OF_ONE else median_high(bits)
    expect(
        fewest >= _LEAST_BITS,
        found=f"secrets that differ in {fewest:.0f} bits at the most",
        expected=f"at least {_LEAST_BITS} bits",
        at=given[0],
    )


@requirement(
    "CHATKIT-SES-04",
    Level.MUST,
    SECRET,
    why="Whoever opens the page reads the secret: a key of the server in it is public, and pays for everybody.",
    example=_EXAMPLE,
    remedy={
        "any": "Hand out a secret made for this session, never the key with which the backend asks the service behind; "
        "change the key that was handed out.",
        "next": "Keep `CUSTOM_BACKEND_KEY` and `OPENAI_API_KEY` in the route handler, and out of its answer.",
    },
    scenarios=("session", "samples"),
    means=("session_mode",),
    profiles=("chatkit",),
)
def test_secret_is_no_key_of_the_server(case: Case) -> None:
    """No session's secret equals a declared secret of the server, or begins as OpenAI's keys do (`sk-`)."""
    field, recording = case.settings.secret_field, case["samples"]
    given = [exchange for exchange in (control(case), *recording.exchanges) if secret_of(exchange, field).get("secret")]
    if not given:
        raise NotTestable("no session gave a secret")
    keys = recording.findings.get("api_keys", [])
    for exchange in given:
        same = secret_of(exchange, field).get("same_as", "")
        expect(same != SERVER_SECRET, found="a secret of the server", expected="a secret of this session", at=exchange)
        key = exchange.scenario == "samples" and exchange.label in keys
        expect(not key, found="a secret that begins with `sk-`", expected="a secret of this session", at=exchange)


@requirement(
    "CHATKIT-SES-06",
    Level.MUST,
    SECRET,
    why="The guide's clients ask by `fetch(url, { method: 'POST' })`, without a body; a handler that parses the body "
    "whatever comes throws at its end, and the client sees a 500.",
    example="POST /api/custom/session\nContent-Length: 0\n\n" + _EXAMPLE,
    remedy={
        "any": "Take an empty body for an empty object.",
        "next": "`const { model } = await req.json().catch(() => ({}))`.",
        "express": "`express.json()` leaves an empty body be: `const { model } = req.body ?? {}`.",
        "fastapi": "An optional body: `body: SessionRequest | None = None`.",
        "fastify": "A content type parser, or no schema that demands the body.",
    },
    scenarios=("session", "empty_body"),
    means=("session_mode",),
    profiles=("chatkit",),
)
def test_empty_body_is_accepted(case: Case) -> None:
    """A request for a session that has no body is answered as one with an empty object is."""
    control(case)
    exchange = exchange_of(case["empty_body"], "empty")
    expect(accepted(exchange), found=f"without a body: {shown(exchange)}", expected="a session", at=exchange)


@requirement(
    "CHATKIT-SES-07",
    Level.MUST,
    MODELS,
    why="A client that does not find its model in the answer cannot tell that it is heard: users choose one model "
    "and talk to another.",
    example='{"client_secret": "ck_1gD9...", "model": "gpt-4o"}',
    remedy={
        "any": "Read `model`, hand it to the service behind (`default` without one), and repeat it in the answer.",
        "next": "`body: JSON.stringify({ user_id: user.id, model: model || 'default' })`, and `model` in the answer.",
        "express": "`model: req.body?.model || 'default'`, and `model` in the answer.",
        "fastapi": "`model: str = \"default\"` in the request's model, and in the response's.",
    },
    scenarios=("model",),
    optional=("upstream_asked",),
    means=("session_mode", "models"),
    profiles=("chatkit",),
)
def test_model_is_heeded(case: Case) -> None:
    """The model that a session is asked for is named in its answer and to the service behind, by default `default`."""
    exchange, asked = (
        working(exchange_of(case["model"], "known"), "a session for a declared model"),
        case.settings.models[-1],
    )
    told = (fields_of(exchange) or {}).get("model")
    expect(told == asked, found=f"`model` {told!r} for {asked!r}", expected=f"`model` {asked!r}", at=exchange)
    _expect_forwarded(case, asked)


def _expect_forwarded(case: Case, asked: str) -> None:
    """Only where the service behind is the suite's own, and one of one's own: OpenAI's sessions have no model."""
    recording = claimed(case, "upstream_asked") if case.settings.mode == "custom" else None
    if recording is None:
        return
    for label, model in (("model", asked), ("plain", "default")):
        call = asked_of(recording, label)
        found = f"`model` {call.get('model')!r} to the service behind"
        expect(call.get("model") == model, found=found, expected=f"`model` {model!r}", at=exchange_of(recording, label))


@requirement(
    "CHATKIT-SES-08",
    Level.SHOULD,
    MODELS,
    why="A mistyped model that silently becomes another is found out by the bill.",
    example='HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error": "there is no such model"}',
    remedy={
        "any": "Look the model up in a list, and answer 400 where it is not there.",
        "fastapi": "`model: Literal[...]` in the request's model: FastAPI answers 422.",
    },
    scenarios=("model",),
    means=("session_mode", "models"),
    profiles=("chatkit",),
)
def test_unknown_model_is_refused(case: Case) -> None:
    """A model that there is not is refused with 400 (404 and 422 are tolerated)."""
    recording = case["model"]
    working(exchange_of(recording, "known"), "a session for a declared model")
    exchange = exchange_of(recording, "unknown")
    refused = exchange.status in {400, 404, 422}
    expect(refused, found=f"for an unknown model: {shown(exchange)}", expected="status 400", at=exchange)


@requirement(
    "CHATKIT-SES-09",
    Level.SHOULD,
    SECRET,
    rfc(9111, "5.2.2.5"),
    why="A secret that a proxy or the browser's cache keeps is handed to the next one who asks.",
    example=_EXAMPLE,
    remedy={
        "any": "Send `Cache-Control: no-store` with every session.",
        "next": "`Response.json(body, { headers: { 'Cache-Control': 'no-store' } })`.",
        "express": "`res.set('Cache-Control', 'no-store')`.",
        "fastapi": '`response.headers["Cache-Control"] = "no-store"`.',
    },
    scenarios=("session",),
    means=("session_mode",),
    profiles=("chatkit",),
)
def test_session_is_not_stored(case: Case) -> None:
    """The answer with the secret carries `Cache-Control: no-store`."""
    exchange = control(case)
    value = _cache_control(exchange)
    directives = {part.strip().lower() for part in value.split(",")}
    found = f"`Cache-Control: {value}`" if value else "no `Cache-Control`"
    expect("no-store" in directives, found=found, expected="`Cache-Control: no-store`", at=exchange)


def _cache_control(exchange: Exchange) -> str:
    return (exchange.response.header("cache-control") if exchange.response else None) or ""
