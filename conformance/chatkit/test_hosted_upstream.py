"""What the backend asks OpenAI for: a session of this user, of a workflow, for ten minutes at the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of
from .hosted_sources import CREATE, EXPIRES_AFTER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange

_PATH = "/chatkit/sessions"
_BETA = "chatkit_beta=v1"
_LONGEST_SECONDS = 600


@requirement(
    "CKAPI-01",
    Level.MUST,
    CREATE,
    why="OpenAI refuses any other request, and then no user has a session.",
    example="POST /v1/chatkit/sessions\nAuthorization: Bearer $OPENAI_API_KEY\nOpenAI-Beta: chatkit_beta=v1\n\n"
    '{"user":"user_123","workflow":{"id":"wf_68..."}}',
    remedy={
        "any": "POST /v1/chatkit/sessions with the API key as bearer, `OpenAI-Beta: chatkit_beta=v1`, `user` and "
        "`workflow.id`; OpenAI's own libraries set path and headers.",
        "next": "`openai.beta.chatkit.sessions.create({ user: user.id, workflow: { id: process.env.WORKFLOW_ID } })`.",
        "express": "`openai.beta.chatkit.sessions.create({ user: req.user.id, workflow: { id: WORKFLOW_ID } })`.",
        "fastapi": "`client.beta.chatkit.sessions.create(user=user.id, workflow={'id': WORKFLOW_ID})`.",
    },
    scenarios=("hosted_call",),
    means=("hosted_mode", "upstream"),
)
def test_openai_is_asked_as_it_wants(case: Case) -> None:
    """
    OpenAI is asked by POST to `/v1/chatkit/sessions` with the API key as bearer, `OpenAI-Beta: chatkit_beta=v1`, a
    `user` and a `workflow.id` that are not empty.

    The path counts from the base URL, which may hold the version.
    """
    call, exchange = _call(case)
    faults = {
        f"{call['method']} {call['path']}": call["method"] != "POST" or not str(call["path"]).endswith(_PATH),
        f"the key is {call['key']}": call["key"] != "given",
        f"OpenAI-Beta: {call['beta'] or 'missing'}": _BETA not in [part.strip() for part in call["beta"].split(",")],
        "no `user`": not _text(call.get("user")),
        "no `workflow.id`": not _text(_inner(call, "workflow", "id")),
    }
    wrong = [fault for fault, is_wrong in faults.items() if is_wrong]
    expect(
        not wrong,
        found=f"in what OpenAI was asked: {'; '.join(wrong)}",
        expected=f"POST /v1{_PATH}, a bearer key, OpenAI-Beta: {_BETA}, `user`, `workflow.id`",
        at=exchange,
    )


def _call(case: Case) -> tuple[Mapping[str, Any], Exchange]:
    """The call that made the session: the first that went to its path, or the first at all."""
    recording = case["hosted_call"]
    calls = recording.findings.get("calls")
    if not calls:
        raise NotTestable("the backend asked the stand-in for nothing: is its base URL taken from the variable?")
    found = next((call for call in calls if str(call["path"]).endswith(_PATH)), calls[0])
    return found, exchange_of(recording, "session")


def _inner(call: Mapping[str, Any], name: str, inner: str) -> Any:
    value = call.get(name)
    return value.get(inner) if isinstance(value, dict) else None


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


@requirement(
    "CKAPI-02",
    Level.MUST,
    EXPIRES_AFTER,
    why="OpenAI's sessions last ten minutes at the most: it refuses the guide's hour, and then there is no session.",
    example='{"user":"user_123","workflow":{"id":"wf_68..."},"expires_after":{"anchor":"created_at","seconds":600}}',
    remedy={
        "any": "Leave `expires_after` out, which gives ten minutes, or send `anchor` `created_at` and `seconds` from 1 "
        "to 600; renew the secret in `getClientSecret`.",
    },
    scenarios=("hosted_call",),
    means=("hosted_mode", "upstream"),
)
def test_expiry_is_one_that_openai_takes(case: Case) -> None:
    """`expires_after`, where it is sent, is `{anchor: "created_at", seconds: 1..600}`."""
    call, exchange = _call(case)
    if "expires_after" not in call:
        return
    after = call["expires_after"]
    seconds = _inner(call, "expires_after", "seconds")
    whole = isinstance(seconds, int) and not isinstance(seconds, bool)
    expect(
        _inner(call, "expires_after", "anchor") == "created_at" and whole and 1 <= seconds <= _LONGEST_SECONDS,
        found=f"expires_after {after!r}",
        expected=f'{{"anchor": "created_at", "seconds": 1 to {_LONGEST_SECONDS}}}, or none',
        at=exchange,
    )
