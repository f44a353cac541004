"""Channels: their ids, their members, and who may open them; and messages that the server sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of, is_success, shown
from .calls import answered_well, calls_in, channel_calls, creator_of, members_of, message_calls
from .scenarios.channels import PARALLEL
from .sources import CHANNELS, MESSAGE_FLOW, QUALITY, STREAM_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chatproof.case import Case

_LONGEST_ID = 64
_FORBIDDEN = frozenset({403, 404})
_CLIENT_ERROR = 4
_CALL = (
    "POST /channels/messaging/legacy_752a3ad3-2337-4e62-9f29-65d081b10932/query\n\n"
    '{"data": {"members": ["u1", "u2"], "created_by": {"id": "u1"}}, "state": false}'
)


@requirement(
    "STREAM-CHAN-01",
    Level.MUST,
    CHANNELS,
    STREAM_CHANNELS,
    why="The page opens the channel by the same id: under any other name its messages appear for nobody.",
    example=_CALL,
    remedy={
        "any": "Check that the id is a UUID before anything else, then name the channel `legacy_` and the id, with all "
        "members and `created_by`.",
        "fastapi": "`conversation_id: uuid.UUID` as the route's parameter: anything else is a 422.",
        "express": "A validator on the route's parameter, such as `param('id').isUUID()`.",
    },
    scenarios=("conversation", "malformed_conversation"),
)
def test_conversation_has_its_channel(case: Case) -> None:
    """
    A conversation's channel is `legacy_` and its id, created with its members and by somebody.

    A conversation whose id is no UUID is refused, and asks nothing of Stream.
    """
    recording = case["conversation"]
    opened = exchange_of(recording, "opened")
    calls = channel_calls(calls_in(recording))
    settings = case.settings
    expect(is_success(opened), found=f"a conversation of the user's: {shown(opened)}", expected="success", at=opened)
    expect(calls, found="no call that opens a channel", expected="`POST /channels/.../query`", at=opened)
    wanted = f"legacy_{settings.conversation}"
    for identifier, call in calls:
        expect(identifier == wanted, found=f"the channel {identifier!r}", expected=repr(wanted), at=opened)
        expect(answered_well(call), found=f"Stream answered {call['status']}", expected="a channel", at=opened)
        missing = sorted(set(settings.conversation_users) - members_of(call))
        expect(not missing, found=f"no member {', '.join(missing)}", expected="all members", at=opened)
        expect(creator_of(call), found="neither `created_by` nor `created_by_id`", expected="one of them", at=opened)
    malformed = case["malformed_conversation"]
    if not malformed.exchanges:
        raise NotTestable("nobody asked for a conversation that is none")
    asked = [identifier for identifier, _call in channel_calls(calls_in(malformed))]
    for exchange in malformed.exchanges:
        found = f"for the conversation {exchange.label!r}: {shown(exchange)}"
        refused = exchange.status is not None and exchange.status // 100 == _CLIENT_ERROR
        expect(refused, found=found, expected="a 4xx", at=exchange)
    found = f"calls for {', '.join(asked)}"
    expect(not asked, found=found, expected="no call to Stream for a conversation that is none", at=opened)


@requirement(
    "STREAM-CHAN-02",
    Level.MUST,
    MESSAGE_FLOW,
    STREAM_CHANNELS,
    why="Two people who write to each other and end up in two channels wait for answers that never come; and Stream "
    "refuses ids of more than 64 characters, which two UUIDs have.",
    example='POST /channels/messaging/query\n\n{"data": {"members": ["u1", "u2"], "created_by": {"id": "u1"}}}',
    remedy={
        "any": "A channel without an id, by its members alone; or an id from a hash of the sorted ids.",
        "fastapi": '`"dm_" + hashlib.sha256("|".join(sorted((a, b))).encode()).hexdigest()[:40]`.',
        "express": "`client.channel('messaging', { members: [a, b], created_by_id: a })`.",
    },
    scenarios=("dm",),
)
def test_channel_for_two_is_one(case: Case) -> None:
    """Whichever of two users opens their channel, it is the same one, and its id has at most 64 characters."""
    recording = case["dm"]
    users = set(recording.findings.get("users", []))
    opened = {}
    for label in ("by_first", "by_second"):
        exchange = exchange_of(recording, label)
        calls = channel_calls(calls_in(recording, label))
        for identifier, call in calls:
            found = f"an id of {len(identifier)} characters"
            expect(len(identifier) <= _LONGEST_ID, found=found, expected="64 at the most", at=exchange)
            found = f"the members {', '.join(sorted(members_of(call))) or 'nobody'}"
            expect(identifier or users <= members_of(call), found=found, expected="both users", at=exchange)
        expect(is_success(exchange), found=f"{_said(label)}: {shown(exchange)}", expected="a channel", at=exchange)
        expect(calls, found=f"{_said(label)}: no call that opens a channel", expected="one", at=exchange)
        opened[label] = {identifier or "by their members" for identifier, _call in calls}
    found = f"{' and '.join(sorted(opened['by_first']))}, then {' and '.join(sorted(opened['by_second']))}"
    one = opened["by_first"] == opened["by_second"] and len(opened["by_first"]) == 1
    expect(one, found=found, expected="one channel for the two", at=exchange_of(recording, "by_second"))


@requirement(
    "STREAM-CHAN-03",
    Level.MUST,
    QUALITY,
    STREAM_CHANNELS,
    why="Whoever opens a conversation of others by its id is made a member, and reads along.",
    example='HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{"detail": "Not a member"}',
    remedy={
        "any": "Look up whether the caller belongs to the conversation before the channel is opened.",
        "fastapi": "A dependency that loads the conversation for `current_user`, and raises 403 or 404.",
        "express": "The same in a middleware of this route.",
    },
    scenarios=("conversation", "foreign_conversation"),
)
def test_foreign_conversation_is_closed(case: Case) -> None:
    """A conversation of other users is answered with 403 (or 404), and nothing is asked of Stream."""
    own = exchange_of(case["conversation"], "opened")
    if not is_success(own):
        raise NotTestable(f"a conversation of the user's own cannot be opened either: {shown(own)}")
    recording = case["foreign_conversation"]
    exchange = exchange_of(recording, "foreign")
    expect(exchange.status in _FORBIDDEN, found=shown(exchange), expected="status 403 (or 404)", at=exchange)
    asked = [identifier for identifier, _call in channel_calls(calls_in(recording))]
    expect(not asked, found=f"a call for {', '.join(asked)}", expected="no call to Stream", at=exchange)


@requirement(
    "STREAM-CHAN-04",
    Level.SHOULD,
    MESSAGE_FLOW,
    why="Each tab opens the conversation anew; with a channel for each of them the messages are scattered.",
    example=_CALL,
    remedy={
        "any": "An id that follows from the conversation alone, and `query`, which gets or creates.",
        "fastapi": "`client.channel('messaging', f'legacy_{conversation_id}', data).create(user_id)`.",
    },
    scenarios=("conversation",),
)
def test_conversation_has_one_channel(case: Case) -> None:
    """A conversation that is opened again, and several times at once, has one channel."""
    recording = case["conversation"]
    labels = ("opened", *(f"parallel/{number}" for number in range(1, PARALLEL + 1)))
    for label in labels:
        exchange = exchange_of(recording, label)
        expect(is_success(exchange), found=f"{label}: {shown(exchange)}", expected="success each time", at=exchange)
    calls = [*channel_calls(calls_in(recording)), *channel_calls(calls_in(recording, "parallel"))]
    if not calls:
        raise NotTestable("the backend opened no channel at Stream")
    names = sorted({_name(identifier, call) for identifier, call in calls})
    found = f"the channels {', '.join(names)}"
    expect(len(names) == 1, found=found, expected="one channel", at=exchange_of(recording, labels[-1]))


@requirement(
    "STREAM-MSG-01",
    Level.SHOULD,
    MESSAGE_FLOW,
    why="A server's token may write in anybody's name; the route must not pass that on to its callers.",
    example='POST /channels/messaging/legacy_.../message\n\n{"message": {"text": "Hello", "user": {"id": "u1"}}}',
    remedy={
        "any": "Take the sender from the verified credential, never from the body.",
        "fastapi": '`channel.send_message({"text": body.text}, user_id=str(current_user.id))`.',
        "express": "`channel.sendMessage({ text, user_id: req.auth.payload.sub })`.",
    },
    scenarios=("message",),
)
def test_message_is_the_callers(case: Case) -> None:
    """A message that the server sends is the caller's own, even where the body names another sender."""
    recording = case["message"]
    user = recording.findings.get("user")
    sent = exchange_of(recording, "sent")
    messages = message_calls(calls_in(recording, "sent"))
    expect(is_success(sent), found=shown(sent), expected="success", at=sent)
    found = "no `POST /channels/.../message`"
    expect(messages, found=found, expected="one call that sends the message", at=sent)
    user = user or messages[0]["sender"]
    for label in ("sent", "spoofed"):
        for message in message_calls(calls_in(recording, label)):
            found = f"a message of {message['sender']!r}, where {user!r} asked"
            expect(message["sender"] == user, found=found, expected="the caller's", at=exchange_of(recording, label))


def _said(label: str) -> str:
    return "opened by the first user" if label == "by_first" else "opened by the second user"


def _name(identifier: str, call: Mapping[str, Any]) -> str:
    """What tells a channel from others: its path, or its members."""
    return call["path"] if identifier else f"{call['path']} of {', '.join(sorted(members_of(call)))}"
