"""Secrets in live recordings and in compressed bodies, and what is still known of them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from chatproof.config import Auth
from chatproof.driver import Driver
from chatproof.har import dump
from chatproof.inflate import Inflater
from chatproof.recording import End, Exchange, Read, Request, Response
from chatproof.redaction import Redactor
from support.raw_server import OK, Peer, Server, config, each_request, post, run_one

Serve = Callable[..., Server]

TOKEN = "canary-token-0123456789"


def knowing(value: str) -> Redactor:
    redactor = Redactor()
    redactor.add(value, "token")
    return redactor


def exchange(*reads: bytes, coding: str) -> Exchange:
    kept = tuple(Read(at_ns=number, data=data) for number, data in enumerate(reads))
    headers = (("Content-Encoding", coding),)
    response = Response(status=200, reason="OK", version="HTTP/1.1", headers=headers, at_ns=0, first_byte_ns=0)
    request = Request(method="POST", url="http://h/")
    return Exchange(label="turn", request=request, response=response, reads=kept, end=End.CLOSED)


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "x-gzip": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_body_is_searched_and_compressed_again(coding: str) -> None:
    coded = CODINGS[coding](f"data: {TOKEN}\n\n".encode())
    given = exchange(coded[:20], coded[20:], coding=coding)
    kept = knowing(TOKEN).exchange(given)
    inflater = Inflater(coding)
    assert b"".join(inflater.feed(read.data) for read in kept.reads) == b"data: <secret:1 len=23>\n\n"
    assert kept.stream.events[0].data == "<secret:1 len=23>"
    assert knowing("something-else").exchange(given).reads == given.reads


def test_raw_deflate_is_searched_too() -> None:
    outer = zlib.compressobj(wbits=-15)
    coded = outer.compress(f"data: {TOKEN}\n\n".encode()) + outer.flush()
    kept = knowing(TOKEN).exchange(exchange(coded, coding="deflate"))
    assert kept.findings["secrets_seen"][0]["where"] == "body"
    assert Inflater("deflate").feed(kept.body) == b"data: <secret:1 len=23>\n\n"


def test_garbage_below_a_coding_is_left_as_it_is() -> None:
    given = exchange(b"not gzip at all", coding="gzip")
    assert knowing(TOKEN).exchange(given) == given


def test_an_inflated_body_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.inflate.MAX_BYTES", 1000)
    inflater = Inflater("gzip")
    assert len(inflater.feed(gzip.compress(bytes(5000)))) == 1000
    assert inflater.cut
    assert inflater.feed(b"more") == b""


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_an_inflated_body_has_a_limit_of_lines_however_it_is_cut(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    monkeypatch.setattr("chatproof.inflate.MAX_LINES", 3)
    coded = gzip.compress(b"a\r\nb\rccc\nd\n")
    inflater = Inflater("gzip")
    found = b"".join(inflater.feed(coded[at : at + cut]) for at in range(0, len(coded), cut))
    assert (found, inflater.cut) == (b"a\r\nb\rccc", True)


def test_what_is_beyond_the_limit_of_a_compressed_body_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.inflate.MAX_BYTES", 100)
    kept = knowing(TOKEN).exchange(exchange(gzip.compress(b" " * 200 + TOKEN.encode()), coding="gzip"))
    assert gzip.decompress(kept.body) == b" " * 100


def test_a_secret_beside_compressed_data_and_one_in_it() -> None:
    coded = gzip.compress(f"data: {TOKEN}\n\n".encode()) + b"rest " + TOKEN.encode()
    kept = knowing(TOKEN).exchange(exchange(coded, coding="gzip"))
    assert gzip.decompress(kept.body) == b"data: <secret:1 len=23>\n\n"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_body_that_we_cannot_look_into_is_withheld(coding: str) -> None:
    kept = knowing(TOKEN).exchange(exchange(b"who knows", coding=coding))
    assert kept.body == b"?????????"
    assert coding in kept.findings["withheld"]
    unknown = exchange(f"plain {TOKEN}".encode(), coding="utf-8")
    assert knowing(TOKEN).exchange(unknown).body == b"plain <secret:1 len=23>"


def test_canaries_in_every_place_do_not_survive(serve: Serve) -> None:
    secret, cookie, forged = "canary-signing-key-0123456789", "canary-cookie-0123456789", "canary-forged-0123456789"

    def echo(peer: Peer, request: bytes) -> None:
        body = request + base64.b64encode(request) + quote(request).encode() + json.dumps(request.decode()).encode()
        head = f"Content-Length: {len(body)}\r\nSet-Cookie: sid={cookie}\r\nX-Echo: {secret}\r\n\r\n".encode()
        peer.send(OK + head + body)

    sent: list[str] = []

    async def run(driver: Driver) -> None:
        minted = driver.tokens.mint(claims={"sub": "x"})
        sent.extend([driver.tokens.raw() or "", minted])
        await driver.send("first", post(driver, f'{{"key":"{secret}"}}'.encode(), ("X-Copy", minted)))
        headers = (*driver.tokens.place(forged), ("Cookie", f"sid={cookie}"))
        request = Request(method="GET", url=f"{driver.config.backend.url}/?access_token={minted}", headers=headers)
        await driver.send("second", request)
        driver.finding("note", f"{minted} {cookie}")

    settings = config(serve(each_request(echo)).url, auth=Auth(scheme="jwt", secret=secret, claims={"sub": "u1"}))
    text = json.dumps(dump(run_one(settings, run)))
    signatures = [token.rpartition(".")[2] for token in sent]
    for canary in (secret, cookie, forged, *sent, *signatures):
        assert canary not in text
        core = base64.b64encode(canary.encode()).decode()[4:-4]
        assert core not in text


def test_what_is_known_of_a_credential_is_a_finding(serve: Serve) -> None:
    broken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.A"

    async def run(driver: Driver) -> None:
        await driver.send("ours", post(driver))
        forged = driver.tokens.mint(key="another-key-of-at-least-32-characters", claims={"exp": "soon"})
        wrong = driver.tokens.place(forged)
        await driver.send("forged", Request(method="GET", url=driver.config.backend.url, headers=wrong))
        basic = (("Authorization", "Basic dXNlcjpwYXNz"),)
        await driver.send("basic", Request(method="GET", url=driver.config.backend.url, headers=basic))
        for name, value in {"empty": "Bearer ", "dots": "Bearer bm8.bm8.bm8", "signature": "Bearer " + broken}.items():
            headers = (("Authorization", value),)
            await driver.send(name, Request(method="GET", url=driver.config.backend.url, headers=headers))
        await driver.send("none", Request(method="GET", url=driver.config.backend.url))

    server = serve(each_request(lambda peer, _request: peer.send(OK + b"Content-Length: 0\r\n\r\n")))
    recording = run_one(config(server.url, auth=Auth(scheme="jwt", secret="k" * 40, claims={"sub": "u1"})), run)
    ours, forged = (recording[label].findings["credential"] for label in ("ours", "forged"))
    assert (ours["alg"], ours["claims"]["sub"], ours["signature"]) == ("HS256", "u1", "valid")
    assert (forged["claims"]["exp"], forged["signature"]) == ("soon", "not valid")
    basic = recording["basic"]
    assert basic.request.header("authorization") == f"Basic <secret:{basic.findings['credential']['secret']} len=12>"
    assert "alg" not in basic.findings["credential"]
    assert "credential" not in recording["none"].findings
    assert "credential" not in recording["empty"].findings
    assert "claims" not in recording["dots"].findings["credential"]
    assert recording["signature"].findings["credential"]["signature"] == "not valid"


@pytest.mark.parametrize("scheme", ["bearer", "cookie", "header"])
def test_the_claims_of_a_real_user_are_not_kept(serve: Serve, scheme: str) -> None:
    claims = {"email": "someone@example.com", "exp": 1, "aud": "authenticated"}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    header = base64.urlsafe_b64encode(b'{"alg":"RS256"}').decode().rstrip("=")
    auth = Auth(scheme=scheme, token=f"{header}.{payload}.c2lnbmF0dXJl", name="session")  # type: ignore[arg-type]  # one of them

    async def run(driver: Driver) -> None:
        await driver.send("turn", post(driver))

    server = serve(each_request(lambda peer, _request: peer.send(OK + b"Content-Length: 0\r\n\r\n")))
    found = run_one(config(server.url, auth=auth), run)["turn"].findings["credential"]
    assert found["claims"] == {"email": "<str>", "exp": 1, "aud": "authenticated"}
    assert (found["alg"], found["signature"]) == ("RS256", "unchecked")
