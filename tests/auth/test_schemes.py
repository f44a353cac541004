"""A right backend of every scheme has nothing against it, and what its scheme cannot show is not claimed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from auth.backends import (
    OPAQUE,
    SECRET,
    bearer_backend,
    cookie_backend,
    declared,
    header_backend,
    key_backend,
    open_backend,
)
from chatproof.config import from_table
from chatproof.fixtures.backend import cors
from chatproof.verdict import Verdict
from support.checks import ids, run_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from auth.backends import Declared
    from chatproof.fixtures.backend import Settings
    from chatproof.fixtures.backend.asgi import Headers, Request
    from chatproof.fixtures.server import Farm
    from chatproof.run import Run

ABOUT_AUTH = ("AICHAT-AUTH", "JWT", "HTTP-401", "HTTP-CACHE", "CORS-PRE", "CORS-ACT", "SSE-TYPE")
SIGNED = {"AICHAT-AUTH-05", "AICHAT-AUTH-06", "JWT-AUD-01", "JWT-EXP-01", "JWT-NBF-01", "JWT-NUM-01"}
JWT = {*SIGNED, "JWT-ALG-01", "JWT-KEY-01"}
BEARER = {"AICHAT-AUTH-10", "HTTP-401-02", "HTTP-CACHE-02"}
ANY = {"AICHAT-AUTH-01", "AICHAT-AUTH-07", "AICHAT-AUTH-09", "HTTP-401-01", "JWT-SIG-01"}
# Only `Authorization` is no header that `*` covers.
NO_AUTHORIZATION = {"CORS-PRE-05"}

OTHERS: dict[str, tuple[Callable[[], Declared], set[str]]] = {
    "bearer": (bearer_backend, JWT),
    "cookie": (cookie_backend, JWT | BEARER | NO_AUTHORIZATION),
    "header": (header_backend, JWT | BEARER | NO_AUTHORIZATION),
    "command": (partial(bearer_backend, {"scheme": "command", "command": f"/bin/echo {OPAQUE}"}), JWT),
    "none": (open_backend, JWT | BEARER | ANY | NO_AUTHORIZATION),
}


def checked(farm: Farm, backend: Declared, *selectors: str) -> Run:
    config = from_table(backend.table(farm.start(backend.app)), origin="a test")
    return run_check(config, selectors=selectors or ABOUT_AUTH)


def has_nothing_against_it(run: Run) -> None:
    assert (ids(run, Verdict.NOT_MET), ids(run, Verdict.NOT_TESTABLE), run.exit_code) == ([], [], 0)
    assert OPAQUE not in repr(run)


@pytest.mark.parametrize("scheme", OTHERS)
def test_a_given_credential(farm: Farm, scheme: str) -> None:
    backend, unclaimed = OTHERS[scheme]
    run = checked(farm, backend())

    has_nothing_against_it(run)
    assert set(ids(run, Verdict.NOT_CLAIMED)) == unclaimed
    assert "SSE-TYPE-01" in ids(run, Verdict.MET)


def a_pair(algorithm: str, folder: Path) -> tuple[str, str]:
    """The file of a private key, and the public key as text."""
    key: Any = (
        rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else ec.generate_private_key(ec.SECP256R1())
    )
    file = folder / f"{algorithm}.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(file), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_tokens_signed_with_a_key_file(farm: Farm, tmp_path: Path, algorithm: str) -> None:
    file, public = a_pair(algorithm, tmp_path)
    run = checked(farm, key_backend(file, public, algorithm))

    has_nothing_against_it(run)
    assert ids(run, Verdict.NOT_CLAIMED) == ["JWT-KEY-01"]


def test_tokens_signed_with_a_secret(farm: Farm) -> None:
    claims = {"sub": "test-user-id", "aud": "authenticated"}
    run = checked(farm, declared({"scheme": "jwt", "secret": SECRET, "claims": claims}))

    has_nothing_against_it(run)
    assert ids(run, Verdict.NOT_CLAIMED) == []


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_signature_that_nobody_verifies(farm: Farm, tmp_path: Path, algorithm: str) -> None:
    def trusting(_token: str, _settings: Settings) -> Mapping[str, Any]:
        return {"sub": "test-user-id"}

    file, public = a_pair(algorithm, tmp_path)
    backend = key_backend(file, public, algorithm)
    run = checked(farm, declared(backend.auth, verify_token=trusting), "JWT", "AICHAT-AUTH-07")

    assert set(ids(run, Verdict.NOT_MET)) >= {"JWT-SIG-01", "JWT-ALG-01", "JWT-EXP-01", "AICHAT-AUTH-07"}
    assert run.exit_code == 1


def test_cookies_need_the_consent_of_the_backend(farm: Farm) -> None:
    def without_consent(request: Request, settings: Settings, choose: Any = cors.choose_origin) -> Headers:
        headers = cors.actual_headers(request, settings, choose)
        return tuple(header for header in headers if header[0] != "Access-Control-Allow-Credentials")

    run = checked(farm, cookie_backend(actual_headers=without_consent), "CORS")

    assert ids(run, Verdict.NOT_MET) == ["CORS-ACT-02"]
