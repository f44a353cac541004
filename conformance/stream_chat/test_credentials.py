"""The app's credentials for Stream: none, ones that everybody knows, and a secret that is too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..common.stream_tokens import token_of, user_of
from .answers import exchange_of, gives_token, is_success, json_fault, shown
from .sources import CONFIGURATION, QUALITY, UNAVAILABLE, rfc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange

_UNSET = {"no_secret": "without the secret", "empty_secret": "with an empty secret", "no_key": "without the API key"}
_KNOWN = {"placeholder": "the secret `your_secret_here`", "printed": "the key and the secret that the guide prints"}
_UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\n\n{"detail": "Chat is unavailable"}'


@requirement(
    "STREAM-TOK-13",
    Level.MUST,
    UNAVAILABLE,
    QUALITY,
    why="A chat that is not configured must not take the rest of the app down; and a token that an empty secret "
    "signed is one that anybody can make.",
    example=_UNAVAILABLE,
    remedy={
        "any": "Make the client of Stream at its first use; answer 503 in JSON while the key or the secret is empty.",
        "fastapi": "A dependency that raises `HTTPException(503)`, not a client at import time.",
        "express": "A function `getClient()` that throws, and a handler that turns that into 503.",
    },
    scenarios=("other_credentials",),
    means=("command", "upstream", "secret"),
)
def test_missing_credentials_are_told(case: Case) -> None:
    """Without credentials for Stream the backend starts, and answers 503 in JSON without a token."""
    started = {label: _answer(case, label) for label in _UNSET}
    answers = {label: answer for label, answer in started.items() if not _came_from_elsewhere(case, label, answer)}
    if not answers:
        raise NotTestable("the credentials that were taken away came from elsewhere, such as a file `.env`")
    for label, answer in answers.items():
        if isinstance(answer, str):
            expect(not answer, found=f"{_UNSET[label]}: {answer}", expected="a backend that starts")
            continue
        fault = json_fault(answer, {503}) or ("a token" if gives_token(answer, case.settings.token_field) else "")
        expect(not fault, found=f"{_UNSET[label]}: {fault}", expected="status 503 with application/json", at=answer)


@requirement(
    "STREAM-TOK-18",
    Level.MUST,
    CONFIGURATION,
    why="With a secret that everybody knows everybody makes tokens for whomever he likes, the server included.",
    example=_UNAVAILABLE,
    remedy={
        "any": "Refuse to start, or answer 503, while the secret is a placeholder or a printed one.",
        "fastapi": "A pydantic validator on the setting that knows the placeholders of your `.env.example`.",
    },
    scenarios=("other_credentials",),
    means=("command", "upstream"),
)
def test_known_credentials_are_refused(case: Case) -> None:
    """With a placeholder or the guide's printed secret the backend does not start, or gives no token."""
    _expect_no_token(case, _KNOWN)


@requirement(
    "STREAM-TOK-19",
    Level.SHOULD,
    rfc(7518, "3.2"),
    why="A short HS256 key can be guessed from one token; then everybody makes tokens for whomever he likes.",
    example=_UNAVAILABLE,
    remedy={
        "any": "Refuse to start, or answer 503, where the secret has fewer than 32 bytes: it was cut off somewhere.",
        "fastapi": "`SecretStr = Field(min_length=32)` in the settings.",
    },
    scenarios=("other_credentials",),
    means=("command", "upstream"),
)
def test_short_secret_is_refused(case: Case) -> None:
    """With a secret of fewer than 32 bytes the backend does not start, or gives no token."""
    _expect_no_token(case, {"short": "a secret of 16 bytes"})


def _expect_no_token(case: Case, labels: Mapping[str, str]) -> None:
    for label, what in labels.items():
        answer = _answer(case, label)
        if isinstance(answer, str):
            continue
        given = is_success(answer) or gives_token(answer, case.settings.token_field)
        expect(not given, found=f"with {what}: {shown(answer)}", expected="no token", at=answer)


def _answer(case: Case, label: str) -> Exchange | str:
    """
    The answer of the backend started so, or why it did not start.

    NotTestable where it gave no token with a good secret of our own either.
    """
    recording = case["other_credentials"]
    not_started = recording.findings.get("not_started", {})
    if "control" in not_started:
        raise NotTestable(f"with a secret of the suite's own the backend does not start: {not_started['control']}")
    control = exchange_of(recording, "control")
    if not is_success(control) or token_of(control, case.settings.token_field).get("signature") != "valid":
        raise NotTestable(
            f"with a secret of the suite's own: {shown(control)}, and no token that it signed; check secret_variable"
        )
    if label in not_started:
        return str(not_started[label])
    return exchange_of(recording, label)


def _came_from_elsewhere(case: Case, label: str, answer: Exchange | str) -> bool:
    """The declared secret has signed, or the API key is told, although it was taken away: a file gave it back."""
    if isinstance(answer, str) or not is_success(answer):
        return False
    if label == "no_key":
        field = case.settings.key_field
        told = user_of(answer, field)
        return bool(told) and told == user_of(exchange_of(case["other_credentials"], "control"), field)
    return bool(case.settings.secret) and token_of(answer, case.settings.token_field).get("signature") == "valid"
