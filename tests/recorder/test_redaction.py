"""No secret survives in what is kept, however it is spelled and wherever it stands."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.config import Auth
from chatproof.framing import Framing
from chatproof.recording import End, Exchange, Read, Request, Response
from chatproof.redaction import PLACEHOLDER, Redactor
from support.raw_server import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.raw_server import Server

    Serve = Callable[..., Server]

CANARY = "cän/ary+\"<&'=s3cret"
TOKEN = "canary-token-0123456789"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJlLWNhbmFyeQ"


def knowing(*values: str) -> Redactor:
    redactor = Redactor()
    for value in values:
        redactor.add(value, "token")
    return redactor


def exchange(*reads: bytes, headers: tuple[tuple[str, str], ...] = (), **options: Any) -> Exchange:
    kept = tuple(Read(at_ns=number, data=data) for number, data in enumerate(reads))
    response = Response(status=200, reason="OK", version="HTTP/1.1", headers=headers, at_ns=0, first_byte_ns=0)
    request = Request(method="POST", url="http://h/")
    return Exchange(label="turn", request=request, response=response, reads=kept, end=End.CLOSED, **options)


def swapped(text: str, **changes: str) -> str:
    """The text with some characters written otherwise, by their names."""
    chars = {"slash": "/", "less": "<", "and_": "&", "plus": "+", "apostrophe": "'"}
    for name, spelling in changes.items():
        text = text.replace(chars[name], spelling)
    return text


JSON = json.dumps(CANARY)
SPELLINGS = {
    "plain": CANARY,
    "json": JSON,
    "json in utf-8": json.dumps(CANARY, ensure_ascii=False),
    "json with escaped slashes": swapped(JSON, slash="\\/"),
    "json of Go": swapped(JSON, less="\\u003c", and_="\\u0026"),
    "json of .NET": swapped(JSON, less="\\u003C", and_="\\u0026", plus="\\u002B", apostrophe="\\u0027"),
    "percent": quote(CANARY),
    "percent, all": quote(CANARY, safe=""),
    "percent, lower case": "c%c3%a4n%2fary%2b%22%3c%26%27%3ds3cret",
    "form": quote_plus(CANARY),
    "html": html.escape(CANARY),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(CANARY.encode()).decode(),
    "base64, one byte in": base64.b64encode(b"u" + CANARY.encode() + b"!").decode(),
    "base64, two bytes in": base64.b64encode(b"u:" + CANARY.encode() + b"!!").decode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_found(name: str) -> None:
    kept = knowing(CANARY).data(b"before " + SPELLINGS[name].encode() + b" after")
    assert PLACEHOLDER.search(kept.decode("utf-8", "replace"))
    assert kept.startswith(b"before ")
    assert kept.endswith(b" after")
    assert CANARY.encode() not in kept
    assert b"s3cret" not in kept


def test_a_header_is_latin_1_of_its_bytes() -> None:
    assert knowing(CANARY).scrub(CANARY.encode().decode("latin-1")) == "<secret:1 len=19>"


def test_texts_that_no_coding_holds_are_searched_too() -> None:
    redactor = knowing("\ud800" + TOKEN, "\u2603-snowman")
    assert redactor.scrub(f"\u2603 \ud800{TOKEN}") == "\u2603 <secret:1 len=24>"
    kept = redactor.exchange(exchange(headers=(("X-Sent-Back", "\u2603-snowman"),)))
    assert kept.findings["secrets_seen"][0]["where"] == "header X-Sent-Back"


@pytest.mark.parametrize("before", [b"", b"u", b"uu"])
def test_the_shortest_secret_within_base64(before: bytes) -> None:
    assert b"<secret:1 len=6>" in knowing("abcdef").data(base64.b64encode(before + b"abcdef!"))


def test_equal_values_have_equal_names() -> None:
    redactor = knowing("first-secret", "second-secret", "first-secret")
    assert redactor.scrub("second-secret first-secret") == "<secret:2 len=13> <secret:1 len=12>"


def test_the_signature_of_a_jwt_is_a_secret_of_its_own() -> None:
    redactor = knowing(JWT)
    signature = JWT.rpartition(".")[2]
    assert redactor.scrub(f"{JWT} {signature}") == f"<secret:1 len={len(JWT)}> <secret:2 len={len(signature)}>"


def test_empty_text_is_no_secret() -> None:
    redactor = Redactor()
    assert redactor.add("", "token") is None
    assert redactor.scrub("anything") == "anything"


def test_a_short_secret_is_taken_out_where_it_was_sent_only() -> None:
    redactor = Redactor.of(config("http://h", auth=Auth(scheme="header", name="X-Key", token="abc")))
    request = Request(
        method="GET", url="http://h/abc?key=abc", headers=(("x-key", "abc"), ("X-Other", "abc")), body=b"abc"
    )
    kept = redactor.request(request)
    assert kept.url == "http://h/abc?key=<secret:1 len=3>"
    assert kept.headers == (("x-key", "<secret:1 len=3>"), ("X-Other", "abc"))
    assert kept.body == b"abc"
    assert redactor.exchange(exchange(b"abc abc")).body == b"abc abc"


def test_the_declared_secrets_have_the_first_numbers() -> None:
    redactor = Redactor.of(config("http://h", auth=Auth(secret="signing-key", token=TOKEN)))
    assert redactor.scrub(f"signing-key {TOKEN}") == "<secret:1 len=11> <secret:2 len=23>"


def test_nothing_is_changed_where_there_is_nothing_to_hide() -> None:
    given = exchange(b"data: 1\n\n", b"", headers=(("A", "b"),))
    assert knowing(TOKEN).exchange(given) == given


def test_a_secret_across_reads_stands_in_the_one_that_completed_it() -> None:
    kept = knowing(TOKEN).exchange(
        exchange(b"a " + TOKEN[:5].encode(), TOKEN[5:9].encode(), TOKEN[9:].encode() + b" b")
    )
    assert [(read.at_ns, read.data) for read in kept.reads] == [(0, b"a "), (1, b""), (2, b"<secret:1 len=23> b")]


@given(st.lists(st.sampled_from([TOKEN, "x", "0123456789", "canary-", "\n"]), max_size=8), st.data())
def test_cuts_change_nothing_but_where_it_stands(parts: list[str], draw: st.DataObject) -> None:
    body = "".join(parts).encode()
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(body)), max_size=5)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    redactor = knowing(TOKEN)
    kept = redactor.exchange(exchange(*pieces))
    assert kept.body == redactor.data(body) == body.replace(TOKEN.encode(), b"<secret:1 len=23>")
    assert [read.at_ns for read in kept.reads] == list(range(len(pieces)))


def test_where_a_secret_was_seen_is_a_finding() -> None:
    kept = knowing(TOKEN, "other-secret").exchange(
        exchange(f"{TOKEN} {TOKEN}".encode(), headers=(("X-Debug", f"key={TOKEN}"), ("Fine", "yes")))
    )
    assert kept.response is not None
    assert kept.response.headers[0] == ("X-Debug", "key=<secret:1 len=23>")
    assert kept.findings["secrets_seen"] == [
        {"secret": 1, "kind": "token", "where": "header X-Debug"},
        {"secret": 1, "kind": "token", "where": "body"},
    ]


def test_trouble_and_findings_are_scrubbed() -> None:
    kept = knowing(TOKEN).exchange(
        exchange(trouble=f"no {TOKEN}", findings={"a": [{TOKEN: 1}, (f"{TOKEN}!",), 2.5, None]})
    )
    assert kept.trouble == "no <secret:1 len=23>"
    assert kept.findings == {"a": [{"<secret:1 len=23>": 1}, ["<secret:1 len=23>!"], 2.5, None]}


def test_cookies_that_the_backend_sets_are_taken_out() -> None:
    session = "s%3A0123456789abcdef0123"
    headers = (
        ("Set-Cookie", f"sid={session}; Path=/; HttpOnly"),
        ("set-cookie", 'theme="dark"; Secure'),
        ("Set-Cookie", "gone="),
    )
    redactor = knowing(TOKEN)
    kept = redactor.exchange(exchange(f"you are {session}".encode(), headers=headers))
    assert kept.response is not None
    assert [value for _name, value in kept.response.headers] == [
        "sid=<secret:2 len=24>; Path=/; HttpOnly",
        "theme=<cookie len=4>; Secure",
        "gone=",
    ]
    assert kept.body == b"you are <secret:2 len=24>"


def test_a_header_that_is_named_like_a_secret() -> None:
    kept = knowing(TOKEN).exchange(exchange(headers=((f"X-{TOKEN}", "1"), ("Location", f"/{TOKEN}?a={TOKEN}"))))
    assert kept.response is not None
    assert TOKEN not in str(kept.response)


@pytest.mark.parametrize(
    "spelling",
    [
        quote(quote(CANARY, safe=""), safe=""),
        quote(quote(CANARY, safe=""), safe="").lower(),
        "".join(f"\\u{ord(char):04x}" for char in CANARY),
        CANARY.encode().hex(),
        CANARY.encode().hex().upper(),
        CANARY.encode("utf-16-le").decode("latin-1"),
    ],
)
def test_odd_spellings(spelling: str) -> None:
    assert PLACEHOLDER.fullmatch(knowing(CANARY).data(spelling.encode("latin-1")).decode())


@pytest.mark.parametrize("start", range(0, 60, 7))
def test_a_long_trouble_is_cut_after_its_secret_was_taken_out(start: int) -> None:
    told = knowing(TOKEN).exchange(exchange(trouble="x" * (140 + start) + TOKEN, findings={"framing": ["y" * 999]}))
    assert TOKEN[:6] not in told.trouble
    assert len(told.trouble) <= 203
    assert len(told.findings["framing"][0]) == 203


@given(st.lists(st.binary(min_size=1, max_size=5), max_size=3), st.data())
def test_a_secret_in_chunks_of_any_size(around: list[bytes], draw: st.DataObject) -> None:
    body = TOKEN.encode().join([b"", *around, b""])
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True) if start < end]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    framing = Framing("GET")
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\n\r\n"
    payloads = [framing.feed(wire[at : at + 3]) for at in range(0, len(wire), 3)]
    kept = knowing(TOKEN).exchange(exchange(*payloads))
    assert TOKEN.encode() not in kept.body
    assert kept.body.count(b"<secret:1 len=23>") == len(around) + 1
