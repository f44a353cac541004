"""Right backends in another form break nothing, and what a backend does not declare is not claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import from_table
from chatproof.exit_code import ExitCode
from chatproof.fixtures.backend import mint
from chatproof.fixtures.backend.problem import Problem
from chatproof.fixtures.backend.settings import BootRefusedError
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults.fault import Stand
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.hybrid.app import POLL_PATH, TOKEN_PATH, create_app
from chatproof.fixtures.hybrid.faulty import content_changed, policy, wrapped
from chatproof.fixtures.references import REFERENCES
from chatproof.verdict import Verdict
from support.checks import ids, run_check

if TYPE_CHECKING:
    from chatproof.fixtures.faults import Fault
    from chatproof.fixtures.server import Farm
    from chatproof.run import Run


def _listed(content: Any) -> Any:
    """Events alone, under another name, with texts for ids."""
    return {"messages": [{"key": f"{event['id']:012}", "text": event["text"]} for event in content["events"]]}


def _closed(_request: Any, _settings: Any, _base: Any) -> None:
    raise Problem(404, "there is nothing here")


def _flat(content: Any) -> Any:
    flag = {name: value for name, value in content.items() if name == "isDevelopmentToken"}
    return {"accessToken": content["token"], "userId": content["user"]["id"], **flag}


def _nothing(_user: Any, _settings: Any) -> None:
    return None


def _oldest_first(events: Any, cursor: int, _settings: Any) -> Any:
    given = tuple(event for event in events if event.id > cursor)[:5]
    return given, given[-1].id if given else cursor


def _only_whole(settings: Any) -> Stand:
    """Half a configuration, or one of placeholders, is a mistake that it does not start with."""
    if settings.secret == "your_secret_here" or bool(settings.api_key) != bool(settings.secret):
        raise BootRefusedError("half a configuration")
    return Stand(app=create_app(settings))


def _gone_in_production(_request: Any, settings: Any, _base: Any) -> None:
    if not settings.development:
        raise Problem(404, "there is nothing here")


VARIANTS: list[tuple[Fault, dict[str, Any], list[str]]] = [
    (
        wrapped("ids_as_texts", "", wrap=lambda app, _settings: content_changed(app, POLL_PATH, _listed)),
        {"events_field": "messages", "cursor_field": "", "id_field": "key"},
        [],
    ),
    (
        wrapped("another_name", "", wrap=lambda app, _settings: content_changed(app, POLL_PATH, _listed)),
        {"cursor_field": "", "id_field": "key"},
        [],
    ),
    (policy("pages_of_the_oldest", "", chosen=_oldest_first), {}, []),
    (
        replace(policy("only_whole", ""), build=_only_whole),
        {},
        ["HYBRID-DIAG-05", "HYBRID-ENV-01", "HYBRID-TOK-04"],
    ),
    (
        policy("diagnostics_not_there", "", may_diagnose=_closed),
        {},
        ["HYBRID-DIAG-01", "HYBRID-DIAG-04", "HYBRID-DIAG-05"],
    ),
    (
        wrapped("flat_token", "", wrap=lambda app, _settings: content_changed(app, TOKEN_PATH, _flat)),
        {"token_field": "accessToken", "user_field": "userId"},
        [],
    ),
    (policy("nothing_in_development", "", fallback=_nothing), {}, ["HYBRID-TOK-04"]),
    (policy("empty_for_nonsense", "", read_cursor=lambda text: int(text) if text.isdigit() else 10**9), {}, []),
    (policy("switch_for_pages", "", forced=lambda _settings: False), {}, ["HYBRID-MODE-04"]),
]


def judged(farm: Farm, fault: Fault, changes: dict[str, Any]) -> Run:
    found = site(farm, fault, REFERENCES["hybrid"].full_settings(), with_front=False)
    tables = found.config
    tables["profiles"]["hybrid"] |= changes
    return run_check(from_table(tables, origin="a test"), selectors=["HYBRID"], surroundings=found.surroundings)


@pytest.mark.parametrize(("fault", "changes", "unclaimed"), VARIANTS, ids=[entry[0].name for entry in VARIANTS])
def test_another_form_breaks_nothing(farm: Farm, fault: Fault, changes: dict[str, Any], unclaimed: list[str]) -> None:
    run = judged(farm, fault, changes)
    assert run.crash == ""
    assert (ids(run, Verdict.NOT_MET), ids(run, Verdict.NOT_TESTABLE)) == ([], [])
    assert ids(run, Verdict.NOT_CLAIMED) == unclaimed


def test_diagnostics_for_developers_alone_are_right(farm: Farm) -> None:
    fault = policy("gone_in_production", "", may_diagnose=_gone_in_production)
    whole = REFERENCES["hybrid"].full_settings()
    settings = replace(whole, base=replace(whole.base, environment="development"))
    found = site(farm, fault, settings, with_front=False)
    found.config["backend"]["environment"] = "development"
    run = run_check(
        from_table(found.config, origin="a test"), selectors=["HYBRID-DIAG"], surroundings=found.surroundings
    )
    assert (ids(run, Verdict.NOT_MET), ids(run, Verdict.NOT_TESTABLE)) == ([], [])
    assert "HYBRID-DIAG-04" in ids(run, Verdict.MET)


def test_url_and_token_are_enough(farm: Farm) -> None:
    found = site(farm, FAULTS["hybrid_identity"], REFERENCES["hybrid"].full_settings(), with_front=False)
    token = mint(found.settings.base, "test-user-id")
    tables = {
        "backend": {"url": found.url},
        "auth": {"scheme": "bearer", "token": token},
        "profiles": {"hybrid": {}},
    }
    run = run_check(from_table(tables, origin="a test"))
    assert (run.exit_code, ids(run, Verdict.NOT_TESTABLE)) == (ExitCode.MET, [])
    assert ids(run, Verdict.MET) == [f"HYBRID-POLL-{number:02}" for number in (1, 2, 4, 5, 7)]
