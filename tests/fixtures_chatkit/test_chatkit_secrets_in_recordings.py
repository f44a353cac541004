"""Sessions' secrets reach no recording, whoever asked for them."""

from __future__ import annotations

import re

from chatproof.catalogue import catalogue
from chatproof.checking import Check
from chatproof.config import from_table
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.references import REFERENCES
from chatproof.fixtures.server import Farm
from support.checks import MATRIX_OPTIONS

SECRET = re.compile(r"ck_[A-Za-z0-9_-]{20,}")
JUDGED = {
    "CHATKIT-AUTH-01",
    "CHATKIT-REF-03",
    "CHATKIT-SES-03",
    "CHATKIT-SES-06",
    "CHATKIT-SES-08",
    "CORS-ACT-01",
    "CORS-ACT-03",
    "HTTP-405-01",
    "JWT-EXP-01",
}


def test_no_secret_is_recorded() -> None:
    known = catalogue().requirements
    with Farm() as farm:
        found = site(farm, FAULTS["chatkit_identity"], REFERENCES["chatkit"].full_settings())
        config = from_table(found.config, origin="a test")
        check = Check(config=config, options=MATRIX_OPTIONS, surroundings=found.surroundings)
        check.pairs = check.pairs_of(entry for entry in known.values() if entry.id in JUDGED)
        check.record(lambda _event: None)
    recordings = check.recordings["chatkit"]
    sessions = [entry for recording in recordings.values() for entry in recording.exchanges if entry.status == 200]
    assert len(sessions) > 25
    assert {"native", "foreign_origins", "samples", "refresh_plain", "model"} <= set(recordings)
    assert SECRET.findall(repr(recordings)) == []
