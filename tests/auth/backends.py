"""Reference backends that take a credential of another kind, and the configurations that declare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jwt

from chatproof.fixtures.backend import REFERENCE, Settings, create_app, reference_config, reference_settings
from chatproof.fixtures.backend import cors as reference_cors
from chatproof.fixtures.backend import tokens as reference_tokens
from chatproof.fixtures.backend.problem import Problem

if TYPE_CHECKING:
    from chatproof.fixtures.backend.asgi import Answer, App, Request

SECRET = "a-secret-of-these-tests-with-at-least-32-bytes"
OPAQUE = "opaque-canary-credential-31415926535"
API_KEY_HEADER = "X-Api-Key"
COOKIE_NAME = "session"
HEARTBEAT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Declared:
    """A backend and the table `[auth]` that declares its credential."""

    app: App
    auth: Mapping[str, Any]
    settings: Settings

    def table(self, url: str) -> dict[str, Any]:
        """The tables of a `chatproof.toml`; without the limiter, which tells users apart by their claims."""
        table = reference_config(url, self.settings)
        table["auth"] = dict(self.auth)
        table["profiles"]["ai-chat"].pop("rate_limit", None)
        return table


def settings() -> Settings:
    return reference_settings(secret=SECRET, heartbeat_seconds=HEARTBEAT_SECONDS, limits={})


def declared(auth: Mapping[str, Any], **changes: Any) -> Declared:
    known = settings()
    return Declared(create_app(known, policies=replace(REFERENCE, **changes)), auth, known)


def opaque(token: str, _settings: Settings) -> Mapping[str, Any]:
    """One user's fixed credential."""
    if token != OPAQUE:
        raise reference_tokens.InvalidTokenError("unknown")
    return {"sub": "test-user-id"}


def verified_by(key: str, algorithm: str) -> Callable[[str, Settings], Mapping[str, Any]]:
    """Verifies JWTs with a public key, as strictly as the reference backend does with its own."""

    def verify(token: str, known: Settings) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=known.audience,
                leeway=known.leeway_seconds,
                options={"require": ["exp", "aud", "sub"]},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise reference_tokens.InvalidTokenError(str(error)) from error
        reference_tokens.check_times(claims)
        reference_tokens.check_subject(claims)
        return claims

    return verify


def from_cookie(request: Request) -> str | None:
    pairs = (pair.strip().partition("=") for pair in (request.header("cookie") or "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE_NAME), None)


def from_header(request: Request) -> str | None:
    return request.header(API_KEY_HEADER.lower())


def from_nobody(_request: Request) -> str | None:
    return OPAQUE


def challenge(scheme: str) -> Callable[..., Problem]:
    def unauthorized(*, token_sent: bool) -> Problem:
        detail = "the credential is not valid" if token_sent else "a credential is needed"
        return Problem(401, detail, headers=(("WWW-Authenticate", f'{scheme} realm="chat"'),))

    return unauthorized


def preflight_with_key(allowed: str | None, methods: str) -> Answer:
    answer = reference_cors.preflight_answer(allowed, methods)
    headers = tuple(
        (name, f"{value}, {API_KEY_HEADER}" if name == "Access-Control-Allow-Headers" else value)
        for name, value in answer.headers
    )
    return replace(answer, headers=headers)


def cookie_backend(**changes: Any) -> Declared:
    auth = {"scheme": "cookie", "name": COOKIE_NAME, "token": OPAQUE}
    policies = {"read_credential": from_cookie, "verify_token": opaque, "unauthorized": challenge("Cookie")}
    return declared(auth, **{**policies, **changes})


def header_backend() -> Declared:
    auth = {"scheme": "header", "name": API_KEY_HEADER, "token": OPAQUE}
    return declared(
        auth,
        read_credential=from_header,
        verify_token=opaque,
        unauthorized=challenge("ApiKey"),
        preflight_answer=preflight_with_key,
    )


def bearer_backend(auth: Mapping[str, Any] | None = None) -> Declared:
    return declared(auth or {"scheme": "bearer", "token": OPAQUE}, verify_token=opaque)


def open_backend() -> Declared:
    return declared({"scheme": "none"}, read_credential=from_nobody, verify_token=opaque)


def key_backend(key_file: str, public_key: str, algorithm: str) -> Declared:
    auth = {
        "scheme": "jwt",
        "algorithm": algorithm,
        "key_file": key_file,
        "claims": {"sub": "test-user-id", "aud": "authenticated"},
        "second_user": {"sub": "other-user-id"},
    }
    return declared(auth, verify_token=verified_by(public_key, algorithm))
