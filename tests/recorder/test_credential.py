"""Which values of a request are credentials: what stands in the place of one is an ordinary word."""

from __future__ import annotations

import pytest

from chatproof.config import Auth
from chatproof.recorder.credential import credential_of
from chatproof.recording import Request
from chatproof.redaction import Redactor


def found(value: str, redactor: Redactor) -> object:
    request = Request(method="POST", url="http://x/", headers=(("Authorization", value),))
    return credential_of(request, Auth(), redactor)


@pytest.mark.parametrize("value", ["Bearer", "bearer", "Bearer ", "Bearer undefined", "Bearer null", "Basic", ""])
def test_what_stands_in_its_place_is_no_secret(value: str) -> None:
    redactor = Redactor()

    assert found(value, redactor) is None
    assert redactor.scrub("WWW-Authenticate: Bearer, undefined") == "WWW-Authenticate: Bearer, undefined"


@pytest.mark.parametrize("value", ["Bearer abcdefgh", "Basic abcdefgh", "abcdefgh"])
def test_a_credential_is_one_with_and_without_its_scheme(value: str) -> None:
    redactor = Redactor()

    assert found(value, redactor) is not None
    assert redactor.scrub("it is abcdefgh") == "it is <secret:1 len=8>"
