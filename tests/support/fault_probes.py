"""What to ask a faulty backend so that its fault shows: a probe for each, whose results can be compared."""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import jwt

from chatproof.fixtures.backend import PLACEHOLDER_SECRET, mint

if TYPE_CHECKING:
    from collections.abc import Callable

from support.fault_client import BEATS, CHAT, ORIGIN, SESSION, VARIABLE, Client
from support.raw_http import Reply, reply_of, request_bytes, talk

OK = 200
_ATTEMPTS = 20


def head(reply: Reply) -> tuple[Any, ...]:
    """Status and headers without what differs each time."""
    return (reply.status, sorted((name.lower(), VARIABLE.sub(b"*", value.encode())) for name, value in reply.headers))


def turn(client: Client) -> Any:
    reply = client.chat()
    return (head(reply), VARIABLE.sub(b"*", BEATS.sub(b"", reply.body)))


def framing(client: Client) -> bytes:
    return VARIABLE.sub(b"*", BEATS.sub(b"", client.chat().raw))


def body_probe(client: Client, body: bytes, *headers: tuple[str, str]) -> Any:
    reply = client.post(body, *headers)
    return (head(reply), VARIABLE.sub(b"*", reply.body))


def fields(**changes: Any) -> Callable[[Client], Any]:
    return partial(body_probe, body=json.dumps({"message": "hello", **changes}).encode())


def raw(body: bytes, **headers: str) -> Callable[[Client], Any]:
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda client: body_probe(client, body, *lines)


def preflight(origin: str = ORIGIN, path: str = CHAT, method: str = "POST") -> Callable[[Client], Any]:
    asked = [("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "authorization")]
    return lambda client: head(client.send("OPTIONS", path, ("Origin", origin), *asked))


def authorized(make: Callable[[Client], str | None], path: str = CHAT) -> Callable[[Client], Any]:
    """What a turn with this credential is answered."""

    def probe(client: Client) -> Any:
        credential = make(client)
        headers = [("Authorization", credential)] if credential is not None else []
        reply = client.post(b'{"message":"hello"}', *headers, token=None, path=path)
        return (head(reply), VARIABLE.sub(b"*", BEATS.sub(b"", reply.body)))

    return probe


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return decoded


def by_hand(secret: str, claims: dict[str, Any]) -> str:
    text = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
    signature = jwt.get_algorithm_by_name("HS256").sign(text.encode(), secret.encode())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_header(client: Client, key: bytes, **header: object) -> str:
    """A token of this user that a key of ours has signed, which its header speaks of."""
    text = f"{encoded({'alg': 'HS256', 'typ': 'JWT', **header})}.{encoded(claims_of(client.token()))}"
    signature = hmac.new(key, text.encode(), "sha256").digest()
    return f"Bearer {text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_empty_file(client: Client) -> str:
    return by_header(client, b"", kid="/dev/null")


def by_own_key(client: Client) -> str:
    key = b"a-key-that-the-token-brings-along-itself"
    return by_header(client, key, jwk={"kty": "oct", "k": base64.urlsafe_b64encode(key).rstrip(b"=").decode()})


def expired_ping(client: Client) -> int | None:
    token = by_hand(client.settings.secret, {**claims_of(client.token()), "exp": 1_000_000_000})
    return client.send("GET", "/api/v1/auth/ping", ("Authorization", f"Bearer {token}")).status


def with_claims(**changes: Any) -> Callable[[Client], Any]:
    def make(client: Client) -> str:
        claims = {**claims_of(client.token()), **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return f"Bearer {by_hand(client.settings.secret, kept)}"

    return authorized(make)


def with_times(**seconds: int) -> Callable[[Client], Any]:
    """What a turn is answered whose token has these claims so many seconds after the moment at which it is sent."""

    def probe(client: Client) -> Any:
        now = int(time.time())
        return with_claims(**{name: now + after for name, after in seconds.items()})(client)

    return probe


def unsigned(algorithm: str) -> Callable[[Client], Any]:
    header = encoded({"alg": algorithm, "typ": "JWT"})
    return authorized(lambda client: f"Bearer {header}.{encoded(claims_of(client.token()))}.")


def placeholder(client: Client) -> str:
    return f"Bearer {by_hand(PLACEHOLDER_SECRET, claims_of(client.token()))}"


def limited(client: Client) -> Any:
    token = mint(client.settings, "rate-user")
    replies = [client.post(b'{"message":"hello"}', token=token) for _ in range(6)]
    retry = "10" if str(replies[-1].header("retry-after")).isdigit() else replies[-1].header("retry-after")
    last = replies[-1]
    return (last.status, retry, last.header("cache-control"), last.header("content-type"))


def request_ids(client: Client) -> tuple[bool, ...]:
    ids = [reply.header("x-request-id") for reply in (client.chat(), client.chat(), client.chat(message=""))]
    return (None in ids, len(set(ids)) == 3)


def ids(reply: Reply) -> list[bytes]:
    return re.findall(rb"^id: (.+)$", reply.body, re.MULTILINE)


def resumed(client: Client) -> Any:
    first = ids(client.chat(sessionId=SESSION))
    credential, path = ("Authorization", f"Bearer {client.token()}"), f"{CHAT}/{SESSION}/events"
    rest, finished = (
        client.send("GET", path, credential, ("Last-Event-ID", last.decode())) for last in (first[1], first[-1])
    )
    return (first, ids(rest), finished.status)


def long_turn(client: Client) -> Any:
    body = client.chat(message="Tell me a long story").body
    beats = len(BEATS.findall(body))
    return ("no beats" if not beats else "slow" if beats < 3 else "beats", b"event: heartbeat" in body)


def beat_digits(client: Client) -> set[int]:
    return {
        len(found) for found in re.findall(rb": heartbeat ([0-9]+)", client.chat(message="Tell me a long story").body)
    }


def first_event_before_the_end(client: Client, url: str = "") -> tuple[bool, bool]:
    """Whether the first token of a long answer comes before its last, and with how many others."""
    headers = (("Authorization", f"Bearer {client.token()}"), ("Content-Type", "application/json"))
    body = json.dumps({"message": "Tell me a long story"}).encode()
    with talk(url or client.url) as connection:
        connection.send(request_bytes("POST", CHAT, headers=headers, body=body))
        early = b"event: done" not in connection.read_until(b"event: token")
        rest = connection.read_to_the_end()
    return (early, re.search(rb"\n\nid: [0-9-]+\nevent: token[^\r]*\n\n(id: [0-9-]+\n)?event: token", rest) is None)


def behind_front(client: Client) -> tuple[bool, bool]:
    return first_event_before_the_end(client, client.front)


def pieces(client: Client) -> int:
    """How many chunks a short turn comes in."""
    return len(re.findall(rb"\r\n[0-9a-f]+\r\n", client.chat().raw))


def compressed(client: Client) -> tuple[str | None, bool]:
    headers = (("Authorization", f"Bearer {client.token()}"), ("Content-Type", "application/json"))
    asking = (*headers, ("Accept-Encoding", "gzip"))
    body = json.dumps({"message": "Tell me a long story"}).encode()
    with talk(client.url) as connection:
        connection.send(request_bytes("POST", CHAT, headers=asking, body=body))
        reply = reply_of(connection.read_to_the_end())
    return (reply.header("content-encoding"), b"event: done" in reply.body)


def kept_open(client: Client) -> bool:
    """Whether the backend means to keep a connection that the client would keep."""
    headers = (("Authorization", f"Bearer {client.token()}"), ("Content-Type", "application/json"))
    with talk(client.url) as connection:
        connection.send(request_bytes("POST", CHAT, headers=headers, body=b'{"message":"hello"}', close=False))
        return b"connection: close" not in connection.read_until(b"\r\n\r\n").lower()


def idle(client: Client) -> bool:
    return b"event: done" in client.chat(message="Think for a while").body


def session_after_abort(client: Client) -> bool:
    """Whether a session is refused after a turn in it was left; a right backend never does, however often one asks."""
    credential = ("Authorization", f"Bearer {client.token()}")
    headers = (credential, ("Content-Type", "application/json"))
    body = json.dumps({"message": "Tell me a long story", "sessionId": SESSION}).encode()
    with talk(client.url) as connection:
        connection.send(request_bytes("POST", CHAT, headers=headers, body=body))
        connection.read_until(b"event: token")
    # The backend learns of the client's leaving when its socket tells it, which is a moment later.
    return any(client.chat(sessionId=SESSION).status != OK for _ in range(_ATTEMPTS))


def two_at_once(client: Client) -> bool:
    with ThreadPoolExecutor(2) as pool:
        bodies = list(pool.map(lambda word: client.chat(message=word).body, ("amber", "birch")))
    return b"birch" in bodies[0] or b"amber" in bodies[1]


def after_non_object(client: Client) -> Any:
    return (client.post(b"[]").status, turn(client))


def hundred_and_one(client: Client) -> int:
    """How many of 101 requests on one connection are answered."""
    answered = 0
    with talk(client.url) as connection:
        try:
            for _ in range(101):
                start = len(connection.seen)
                connection.send(request_bytes("GET", "/health", close=False))
                connection.read_until(b'"ok"}', start)
                answered += 1
        except OSError:
            return answered
    return answered


def beats_in_events(client: Client) -> bool:
    return re.search(rb"event: token\n: ", client.chat().body) is not None


def beats_in_long_turn(client: Client) -> bool:
    return re.search(rb"event: token\n: ", client.chat(message="Tell me a long story").body) is not None


def beats_after_done(client: Client) -> bool:
    return b"heartbeat" in client.chat().body.partition(b"event: done")[2]


def key_bits(client: Client) -> bool:
    """The key has 256 bits, and signs tokens that are taken."""
    return client.chat().status == 200 and len(client.settings.secret.encode()) >= 32


def key_in_refusal(client: Client) -> bool:
    return client.settings.secret.encode() in client.post(b"{}", token=None).body


def token_in_query(client: Client) -> Any:
    return authorized(lambda _client: None, f"{CHAT}?access_token={client.token()}")(client)


def get_of_the_chat(client: Client) -> Any:
    return head(client.send("GET", CHAT, ("Authorization", f"Bearer {client.token()}"), ("Origin", ORIGIN)))


def scenario_texts(client: Client) -> int:
    return client.chat(("X-Test-Scenario", "timeout")).body.count(b"timed out")


def injection(client: Client) -> int:
    return client.chat(message='x\n\nevent: done\ndata: {"finish_reason":"stop"}\n\ny').body.count(b"\nevent: done")
