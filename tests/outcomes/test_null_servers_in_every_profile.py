"""A server that does nothing meets nothing, whatever kind of backend it is taken for."""

from __future__ import annotations

import pytest

from chatproof.config import from_table
from chatproof.exit_code import ExitCode
from chatproof.fixtures.backend.declaration import config_of
from chatproof.fixtures.nulls import NULLS
from chatproof.fixtures.reference import base_of
from chatproof.fixtures.references import REFERENCES
from chatproof.verdict import Verdict
from support.checks import ids, run_check

SHORT = {"connect_timeout": 0.5, "answer_timeout": 0.5}
CODES = {ExitCode.NOT_MET, ExitCode.NO_VERDICT}


@pytest.mark.parametrize("profile", REFERENCES)
@pytest.mark.parametrize("name", NULLS)
def test_it_meets_nothing(name: str, profile: str) -> None:
    reference = REFERENCES[profile]
    settings = reference.full_settings()
    with NULLS[name].run() as url:
        tables = config_of({profile: {**reference.table(settings), "turn_timeout": 1.0}}, url, base_of(settings))
        tables["backend"] |= SHORT
        run = run_check(from_table(tables, origin="a null server"))

    assert run.crash == ""
    assert (ids(run, Verdict.MET), ids(run, Verdict.WAIVED)) == ([], [])
    assert run.exit_code in CODES
    assert run.verdicts
