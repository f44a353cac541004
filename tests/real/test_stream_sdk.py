"""
Stream's own SDK against the suite: as the maker of tokens and calls, and as one who is judged.

Its licence keeps it out of what the suite needs, so that these tests are skipped where it is not installed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from stream_chat import StreamChat

from chatproof.config import from_table
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.server import Farm
from chatproof.fixtures.stream_chat import REFERENCE
from chatproof.fixtures.stream_chat.policies import REFERENCE as OURS
from chatproof.fixtures.stream_chat.settings import API_KEY, STREAM_SECRET
from chatproof.verdict import Verdict
from support import stream_sdk
from support.checks import ids, run_check

if TYPE_CHECKING:
    from chatproof.fixtures.faults import Fault
    from chatproof.run import Run

CLIENT = StreamChat(api_key=API_KEY, api_secret=STREAM_SECRET)
ASYNCHRONOUS = stream_sdk.policies(stream_sdk.asynchronous)
THREADED = stream_sdk.policies(stream_sdk.in_a_thread)


def checked(backend: Fault) -> Run:
    """What a check says of a backend that declares all it offers."""
    with Farm() as farm:
        found = site(farm, backend, REFERENCE.full_settings())
        return run_check(from_table(found.config, origin="a test"), surroundings=found.surroundings)


@pytest.mark.parametrize("made", [ASYNCHRONOUS, THREADED], ids=["StreamChatAsync", "StreamChat in a thread"])
def test_backend_on_the_sdk_meets_everything(made: Any) -> None:
    run = checked(stream_sdk.stand("sdk", made))

    assert ids(run, Verdict.NOT_MET) == []
    assert ids(run, Verdict.NOT_TESTABLE) == []
    assert ids(run, Verdict.NOT_CLAIMED) == []
    assert {"STREAM-TOK-03", "STREAM-TOK-11", "STREAM-TOK-14", "STREAM-CHAN-02", "STREAM-HOOK-01"} <= set(
        ids(run, Verdict.MET)
    )


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"claims_for": stream_sdk.claims_by_default}, ["STREAM-TOK-07"]),
        ({"sign": lambda claims, _settings: CLIENT.create_token(claims["user_id"], server=True)}, ["STREAM-TOK-05"]),
        ({"sign": lambda claims, _settings: CLIENT.create_token(claims["user_id"], role="admin")}, ["STREAM-TOK-05"]),
        ({"sign": lambda _claims, _settings: CLIENT.auth_token}, ["STREAM-TOK-04", "STREAM-TOK-05"]),
        (
            {"sign": lambda claims, _settings: CLIENT.create_token(claims["user_id"], exp=2**41, iat=2**40)},
            ["STREAM-TOK-08"],
        ),
        (
            {"sign": lambda claims, _settings: StreamChat(API_KEY, "x" * 64).create_token(claims["user_id"])},
            ["STREAM-TOK-03"],
        ),
    ],
    ids=["by default", "server", "role", "auth_token", "milliseconds", "another secret"],
)
def test_what_the_sdk_allows_is_judged(change: dict[str, Any], broken: list[str]) -> None:
    """Of its defaults nothing is worse than a SHOULD; what gives too much is found."""
    run = checked(stream_sdk.stand("sdk", replace(ASYNCHRONOUS, **change)))

    unmet = set(ids(run, Verdict.NOT_MET))
    assert unmet - {"STREAM-TOK-07"} == set(broken) - {"STREAM-TOK-07"}
    assert set(broken) <= unmet


@pytest.mark.parametrize("user", ["u1", "test-user-id", "752a3ad3-2337-4e62-9f29-65d081b10932", "Ada_L@example"])
@pytest.mark.parametrize("times", [{}, {"exp": 4102444800}, {"exp": 4102444800, "iat": 1767225600}])
def test_our_tokens_and_the_sdks_say_the_same(user: str, times: dict[str, int]) -> None:
    settings = REFERENCE.full_settings()
    ours = OURS.sign({"user_id": user, **times}, settings)
    theirs = CLIENT.create_token(user, **times)

    decoded = [jwt.decode(token, STREAM_SECRET, algorithms=["HS256"]) for token in (ours, theirs)]
    assert decoded == [{"user_id": user, **times}] * 2
    assert [jwt.get_unverified_header(token) for token in (ours, theirs)] == [{"alg": "HS256", "typ": "JWT"}] * 2


def test_sdk_drops_an_expiry_of_zero() -> None:
    """The trap behind STREAM-TOK-07: whoever counts to zero gets a token for ever."""
    assert jwt.decode(CLIENT.create_token("u1", exp=0), STREAM_SECRET, algorithms=["HS256"]) == {"user_id": "u1"}
