"""A backend and its front over TLS: trusted by an own authority, or clearly not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auth.backends import SECRET, declared
from chatproof.config import from_table
from chatproof.verdict import Verdict
from support.checks import ids, run_check
from support.tls import Authority, tls_front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chatproof.fixtures.server import Farm
    from chatproof.run import Run

BACKEND = declared(
    {"scheme": "jwt", "secret": SECRET, "claims": {"sub": "test-user-id", "aud": "authenticated"}},
)
SELECTORS = ("SSE-TYPE", "AICHAT-PROXY-01", "JWT-SIG", "CORS-ACT-01")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def plain(farm: Farm) -> str:
    return farm.start(BACKEND.app)


@pytest.fixture
def secure(plain: str, authority: Authority) -> Iterator[str]:
    with tls_front(plain, authority.server) as url:
        yield url


def checked(url: str, **backend: Any) -> Run:
    table = BACKEND.table(url)
    table["backend"].update(backend)
    return run_check(from_table(table, origin="a test"), selectors=SELECTORS)


def test_backend_and_front_with_an_own_authority(secure: str, authority: Authority) -> None:
    run = checked(secure, front=secure, ca_file=str(authority.file))

    assert (run.exit_code, ids(run, Verdict.NOT_MET), ids(run, Verdict.NOT_TESTABLE)) == (0, [], [])
    assert {"AICHAT-PROXY-01", "SSE-TYPE-01", "JWT-SIG-01", "CORS-ACT-01"} <= set(ids(run, Verdict.MET))


def test_another_authority_is_told_with_the_line_to_change(secure: str, tmp_path: Path) -> None:
    run = checked(secure, ca_file=str(Authority(tmp_path, name="other").file))

    assert (run.exit_code, ids(run, Verdict.MET), ids(run, Verdict.NOT_MET)) == (3, [], [])
    gate = run.gate["ai-chat"]
    assert "TLS: the certificate is not trusted: self-signed certificate" in gate["reason"]
    assert gate["hint"] == "name the authority that signed it: ca_file in [backend]"


def test_a_front_that_we_do_not_trust_is_no_defect_of_the_backend(plain: str, secure: str) -> None:
    run = checked(plain, front=secure)

    assert (run.exit_code, ids(run, Verdict.NOT_MET)) == (3, [])
    (entry,) = (entry for entry in run.verdicts if entry.verdict == Verdict.NOT_TESTABLE.value)
    assert entry.requirement == "AICHAT-PROXY-01"
    assert "could not be sent: TLS: the certificate is not trusted" in entry.reason
