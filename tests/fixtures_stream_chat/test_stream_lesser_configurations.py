"""A right backend meets what is judged where less is declared: one user alone, or a token that nobody can mint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import from_table
from chatproof.fixtures.backend import mint
from chatproof.fixtures.backend.declaration import SUBJECT
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.references import REFERENCES
from chatproof.fixtures.server import Farm
from chatproof.verdict import Verdict
from support.checks import ids, run_check

if TYPE_CHECKING:
    from collections.abc import Callable

CHOSEN = "STREAM-TOK-06"


def _one_user(auth: dict[str, Any], _settings: Any) -> dict[str, Any]:
    return {name: value for name, value in auth.items() if name != "second_user"}


def _same_subject(auth: dict[str, Any], _settings: Any) -> dict[str, Any]:
    return {**auth, "second_user": {"name": "Somebody else"}}


def _opaque(_auth: dict[str, Any], settings: Any) -> dict[str, Any]:
    return {"scheme": "bearer", "token": mint(settings.base, SUBJECT)}


@pytest.mark.parametrize("change", [_one_user, _same_subject, _opaque])
def test_choosing_another_user_is_tried_with_one_user_alone(change: Callable[..., dict[str, Any]]) -> None:
    settings = REFERENCES["stream-chat"].full_settings()
    with Farm() as farm:
        table = dict(site(farm, FAULTS["stream_identity"], settings).config)
        table["auth"] = change(dict(table["auth"]), settings)
        del table["profiles"]["stream-chat"]["upstream"]
        run = run_check(from_table(table, origin="a test"), selectors=(CHOSEN,))
    assert (ids(run, Verdict.MET), run.crash) == ([CHOSEN], "")
