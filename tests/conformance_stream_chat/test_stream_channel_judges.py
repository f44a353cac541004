"""The judges on channels, messages and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth, StreamChat
from chatproof.conformance.stream_chat import test_channels as channels
from chatproof.conformance.stream_chat import test_webhook as webhook
from chatproof.conformance.stream_chat.scenarios.webhooks import ACCEPTED, REFUSED
from chatproof.failure import NotTestable
from support.outcome import found, outcome
from support.recordings import case as plain_case
from support.recordings import exchange, recording
from support.stream_recordings import call, channel, refused, told, upsert

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

CONVERSATION = "752a3ad3-2337-4e62-9f29-65d081b10932"
LEGACY = f"legacy_{CONVERSATION}"
OPENED = channels.test_conversation_has_its_channel
FOR_TWO = channels.test_channel_for_two_is_one
FOREIGN = channels.test_foreign_conversation_is_closed
ONE = channels.test_conversation_has_one_channel
MESSAGE = channels.test_message_is_the_callers
WEBHOOK = webhook.test_webhook_takes_events_of_stream_alone
LABELS = ("opened", "parallel/1", "parallel/2", "parallel/3")


def case(**recordings: Any) -> Case:
    """A case of this profile that declares a conversation of u1 and u2."""
    settings = StreamChat(secret="s" * 64, conversation=CONVERSATION, conversation_users=("u1", "u2"))
    return plain_case(profile="stream-chat", settings=settings, auth=Auth(scheme="jwt", secret="x"), **recordings)


def done(label: str, status: int = 200) -> Exchange:
    """An answer of a declared route."""
    return exchange(label, status=status, body=b"{}")


def conversation(*calls: dict[str, Any], again: Any = (), malformed: Any = (), **changed: Exchange) -> Case:
    """A conversation that was opened, and ones that are none; what was asked of Stream."""
    answers = {label: done(label) for label in LABELS} | changed
    opened = told("conversation", *answers.values(), calls=[upsert(), *calls], parallel=list(again))
    none = refused("undefined", 422) if "undefined" not in changed else changed["undefined"]
    return case(conversation=opened, malformed_conversation=told("m", none, calls=list(malformed)))


def for_two(first: dict[str, Any], second: dict[str, Any], **changed: Exchange) -> Case:
    """A channel for two, opened by each of them with these calls."""
    answers = {label: done(label) for label in ("by_first", "by_second")} | changed
    asked = {"by_first": [first], "by_second": [second]}
    return case(dm=told("dm", *answers.values(), users=["u1", "u2"], **asked))


def foreign(answer: Exchange, *calls: dict[str, Any], own: Exchange | None = None) -> Case:
    """A conversation of others, beside one of the user's own."""
    mine = told("conversation", own or done("opened"), calls=[], parallel=[])
    return case(conversation=mine, foreign_conversation=told("f", answer, calls=list(calls)))


def sent(sender: Any, spoofed: Any = None, *, answer: Exchange | None = None, user: str = "u1") -> Case:
    """A message and one that names another sender; what reached Stream of each."""
    calls = [message_call(sender)] if sender else []
    others = [message_call(spoofed)] if spoofed else []
    answers = answer or done("sent", 201), done("spoofed", 201)
    return case(message=told("message", *answers, sent=calls, spoofed=others, user=user))


def message_call(sender: Any) -> dict[str, Any]:
    """The call that sends a message, with the sender in the SDK's form or as given."""
    by = {"user": {"id": sender}} if isinstance(sender, str) else sender
    return call(f"/channels/messaging/{LEGACY}/message", {"message": {"text": "Hello", **by}})


def events(**changed: Exchange) -> Case:
    """Events of Stream, the right ones taken and the others refused."""
    usual = {label: done(label) for label in ACCEPTED} | {label: refused(label) for label in REFUSED}
    return case(webhook=told("webhook", *(usual | changed).values()))


RIGHT: dict[Any, Case] = {
    OPENED: conversation(channel(LEGACY)),
    FOR_TWO: for_two(channel(""), channel("", ["u2", "u1"])),
    FOREIGN: foreign(refused("foreign", 403)),
    ONE: conversation(channel(LEGACY), again=[channel(LEGACY), channel(LEGACY)]),
    MESSAGE: sent("u1", "u1"),
    WEBHOOK: events(),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name, profile="stream-chat") for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


@pytest.mark.parametrize(
    ("judge", "legal"),
    [
        (OPENED, conversation(channel(LEGACY, [{"user_id": "u1"}, {"user_id": "u2"}, "u3"]))),
        (OPENED, conversation(channel(LEGACY, created_by=None, created_by_id="u1"))),
        (OPENED, conversation(channel(LEGACY, name="Request"), undefined=refused("undefined", 404))),
        (FOR_TWO, for_two(channel("dm_" + "a" * 40), channel("dm_" + "a" * 40))),
        (FOR_TWO, for_two(channel("", [{"user_id": "u1"}, {"user_id": "u2"}]), channel("", ["u2", "u1"]))),
        (FOREIGN, foreign(refused("foreign", 404), upsert())),
        (ONE, conversation(channel(LEGACY))),  # later openings ask nothing: it is known to exist
        (MESSAGE, sent({"user_id": "u1"}, None)),  # the one that names another sender is refused
        (WEBHOOK, events(signed=done("signed", 204), missing=refused("missing", 403))),
    ],
)
def test_legal_variant_meets_it(judge: Any, legal: Case) -> None:
    assert outcome(judge, legal) is None


@pytest.mark.parametrize(
    ("judge", "wrong", "expected"),
    [
        (OPENED, conversation(channel(CONVERSATION)), f"the channel '{CONVERSATION}'"),
        (OPENED, conversation(channel(LEGACY, ["u1"])), "no member u2"),
        (OPENED, conversation(channel(LEGACY, created_by=None)), "neither `created_by` nor `created_by_id`"),
        (OPENED, conversation(channel(LEGACY, status=400)), "Stream answered 400"),
        (OPENED, conversation(), "no call that opens a channel"),
        (OPENED, conversation(channel(LEGACY), opened=refused("opened", 500)), "the user's: status 500"),
        (
            OPENED,
            conversation(channel(LEGACY), undefined=done("undefined")),
            "the conversation 'undefined': status 200",
        ),
        (OPENED, conversation(channel(LEGACY), undefined=refused("undefined", 500)), "'undefined': status 500"),
        (OPENED, conversation(channel(LEGACY), malformed=[channel("legacy_undefined")]), "calls for legacy_undefined"),
        (FOR_TWO, for_two(channel("dm-u1-u2"), channel("dm-u2-u1")), "dm-u1-u2, then dm-u2-u1"),
        (FOR_TWO, for_two(channel("dm_" + "a" * 73), channel("dm_" + "a" * 73)), "an id of 76 characters"),
        (FOR_TWO, for_two(channel("", ["u1"]), channel("")), "the members u1"),
        (FOR_TWO, for_two(channel(""), upsert()), "opened by the second user: no call"),
        (FOR_TWO, for_two(channel(""), channel(""), by_second=refused("by_second", 500)), "status 500"),
        (FOREIGN, foreign(done("foreign"), channel("x")), "status 200"),
        (FOREIGN, foreign(refused("foreign", 403), channel("legacy_x")), "a call for legacy_x"),
        (ONE, conversation(channel(LEGACY), again=[channel(f"{LEGACY}_2")]), f"{LEGACY}_2/query"),
        (ONE, conversation(channel(""), again=[channel("", ["u1", "u3"])]), "query of u1, u3"),
        (ONE, conversation(channel(LEGACY), **{"parallel/2": refused("parallel/2", 409)}), "parallel/2: status 409"),
        (MESSAGE, sent("u2", None), "a message of 'u2', where 'u1' asked"),
        (MESSAGE, sent("u1", "u2"), "a message of 'u2', where 'u1' asked"),
        (MESSAGE, sent("u1", "u2", user=""), "a message of 'u2', where 'u1' asked"),
        (MESSAGE, sent(None), "no `POST /channels/.../message`"),
        (MESSAGE, sent("u1", answer=refused("sent", 500)), "status 500"),
        (WEBHOOK, events(signed=refused("signed")), "a rightly signed event: status 401"),
        (WEBHOOK, events(gzip=refused("gzip", 400)), "the same event, compressed: status 400"),
        (WEBHOOK, events(missing=done("missing")), "an event without `X-Signature`: status 200"),
        (WEBHOOK, events(wrong_key=refused("wrong_key", 500)), "signed with another key: status 500"),
        (WEBHOOK, events(other_body=done("other_body")), "with the signature of another one: status 200"),
    ],
)
def test_wrong_answer_is_found(judge: Any, wrong: Case, expected: str) -> None:
    assert expected in found(judge, wrong)


@pytest.mark.parametrize(
    ("judge", "blind"),
    [
        (FOREIGN, foreign(refused("foreign", 403), own=refused("opened", 403))),
        (ONE, conversation()),
    ],
)
def test_without_its_control_there_is_no_verdict(judge: Any, blind: Case) -> None:
    assert isinstance(outcome(judge, blind), NotTestable)
