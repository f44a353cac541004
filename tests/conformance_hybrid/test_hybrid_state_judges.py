"""The judges on diagnostics, on polling by itself, and on the switch against Stream Chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.conformance.hybrid import test_diagnostics, test_modes
from chatproof.failure import NotClaimed, NotTestable
from conformance_hybrid.answers import DARK, FACTS, failed, hybrid, of, polled, silent, token, told
from support.outcome import found, outcome
from support.recordings import exchange

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

SIX = test_diagnostics.test_diagnostics_are_six_booleans
VALUES = test_diagnostics.test_diagnostics_show_no_values
PUBLIC = test_diagnostics.test_diagnostics_are_not_public
TRUTH = test_diagnostics.test_diagnostics_tell_the_truth
PLACEHOLDERS = test_diagnostics.test_placeholders_are_no_configuration
ALONE = test_modes.test_polling_works_without_stream_chat
OFF = test_modes.test_polling_works_with_stream_chat_off
FALSE = test_modes.test_switch_at_false_is_off

BLIND = {**FACTS, "authenticationWorking": False}
ADDRESS = "127.0.0.1:9901"


def facts(label: str, content: Any = FACTS, **changes: Any) -> Exchange:
    return told(label, content, method="GET", **changes)


def diagnostics(user: Exchange | None = None, anonymous: Exchange | None = None, **more: Any) -> Case:
    answers = (user or facts("user"), anonymous or failed("anonymous", 401))
    return hybrid(diagnostics=of("diagnostics", *answers), **more)


REFUSED = failed("no_secret/diagnostics", 500)


def down(**changed: Exchange) -> Recording:
    """Stream's API fails in three ways: polls with a message each, and the diagnostics."""
    answers: dict[str, Exchange] = {}
    texts = {}
    for name in ("status", "drop", "hang"):
        texts[f"{name}/text"] = f"hush-{name}"
        answers[f"{name}/poll"] = polled(f"{name}/poll", cursor=4)
        answers[f"{name}/publish"] = told(f"{name}/publish", status=201)
        answers[f"{name}/seen/1"] = polled(f"{name}/seen/1", (5, f"hush-{name}"))
        answers[f"{name}/diagnostics"] = facts(f"{name}/diagnostics", BLIND)
    return of("stream_down", *(answers | changed).values(), address=ADDRESS, more=texts)


def bare(trouble: str = "", **changed: Exchange) -> Recording:
    answers = {
        "poll": polled("bare/poll"),
        "bare": facts("bare/diagnostics", DARK),
        "no_secret": facts("no_secret/diagnostics", {**DARK, "apiKeyPresent": True}),
    }
    refused = "" if changed.get("no_secret") is not REFUSED else "it ended"
    return of("unconfigured", *(answers | changed).values(), bare=trouble, no_secret=refused)


def placeholders(content: Any = DARK, trouble: str = "") -> Recording:
    return of("placeholders", facts("placeholders/diagnostics", content), placeholders=trouble)


def forced(*exchanges: Exchange, trouble: str = "") -> Case:
    return hybrid(poll=polled("poll"), forced=of("forced", *exchanges, true=trouble, false=""))


CLOSED = bare(bare=failed("bare/diagnostics", 404), no_secret=told("no_secret/diagnostics", status=302, method="GET"))
OFF_BY_TOKEN = failed("true/token")
OFF_BY_FACTS = facts("true/diagnostics", {**FACTS, "streamChatConfigured": False})

MET: list[tuple[Any, Case]] = [
    (TRUTH, diagnostics(unconfigured=bare(no_secret=REFUSED))),
    (TRUTH, diagnostics(unconfigured=CLOSED, stream_down=down(), environment="staging")),
    (SIX, diagnostics()),
    (SIX, diagnostics(facts("user", {**DARK, "checkedAt": "2026-11-21T03:00:00Z"}))),
    (VALUES, diagnostics()),
    (VALUES, diagnostics(stream_down=down(), unconfigured=bare(), placeholders=placeholders())),
    (PUBLIC, diagnostics()),
    (PUBLIC, diagnostics(anonymous=failed("anonymous", 404))),
    (PUBLIC, diagnostics(anonymous=exchange("anonymous", status=307, headers={"Location": "/sign-in"}))),
    (TRUTH, diagnostics(stream_down=down())),
    (TRUTH, diagnostics(unconfigured=bare())),
    (TRUTH, diagnostics(stream_down=down(**{"hang/diagnostics": facts("hang/diagnostics", BLIND, ended_seconds=9.0)}))),
    (PLACEHOLDERS, diagnostics(placeholders=placeholders())),
    (PLACEHOLDERS, diagnostics(placeholders=placeholders({**DARK, "apiKeyPresent": True, "apiSecretPresent": True}))),
    (ALONE, hybrid(poll=polled("poll"), stream_down=down())),
    (ALONE, hybrid(poll=polled("poll"), unconfigured=bare())),
    (OFF, forced(polled("true/poll"))),
    (FALSE, forced(OFF_BY_TOKEN, token("false/token"))),
    (FALSE, forced(OFF_BY_FACTS, facts("false/diagnostics"), token("true/token"), failed("false/token"))),
    (FALSE, forced(OFF_BY_FACTS, facts("false/diagnostics", BLIND))),
]


@pytest.mark.parametrize(("judge", "given"), MET)
def test_right_answers_meet_it(judge: Any, given: Case) -> None:
    assert outcome(judge, given) is None


BROKEN: list[tuple[Any, Case, str]] = [
    (SIX, diagnostics(facts("user", {**FACTS, "apiKeyValid": "true"})), "`apiKeyValid: 'true'`"),
    (SIX, diagnostics(facts("user", {**FACTS, "apiKeyPresent": 1})), "`apiKeyPresent: 1`"),
    (SIX, diagnostics(facts("user", dict.fromkeys(list(FACTS)[:5], True))), "no authenticationWorking"),
    (SIX, diagnostics(facts("user", [])), "status 200 with application/json"),
    (SIX, diagnostics(failed("user", 500)), "status 500"),
    (VALUES, diagnostics(facts("user", {**FACTS, "key": "rk4h7q2nx9dv"})), "the API key"),
    (VALUES, diagnostics(anonymous=facts("anonymous", {"key": "rk4h7q2nx9dv"})), "the API key"),
    (
        VALUES,
        diagnostics(
            stream_down=down(
                **{"status/diagnostics": facts("status/diagnostics", {**BLIND, "error": f"POST http://{ADDRESS}/"})}
            )
        ),
        "the address of Stream's API",
    ),
    (
        VALUES,
        diagnostics(
            facts("user", findings={"secrets_seen": [{"secret": 2, "kind": "server secret", "where": "body"}]})
        ),
        "server secret",
    ),
    (VALUES, diagnostics(facts("user", {**FACTS, "sample": "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.abc"})), "a token"),
    (VALUES, diagnostics(facts("user", {**FACTS, "sample": "dev_token_u1_1"})), "a token"),
    (VALUES, diagnostics(facts("user", {**FACTS, "error": "x\n    at probe (/app/probe.js:12:7)"})), "a stack trace"),
    (VALUES, diagnostics(facts("user", {**FACTS, "error": 'File "/app/probe.py", line 12'})), "a stack trace"),
    (PUBLIC, diagnostics(anonymous=facts("anonymous")), "status 200"),
    (PUBLIC, diagnostics(anonymous=failed("anonymous", 500)), "status 500"),
    (
        TRUTH,
        diagnostics(facts("user", {**DARK, "tokenGenerationWorking": True}), stream_down=down()),
        "`tokenGenerationWorking` is true and `apiSecretPresent` is false",
    ),
    (TRUTH, diagnostics(facts("user", {**DARK, "streamChatConfigured": True}), stream_down=down()), "`apiKeyPresent`"),
    (TRUTH, diagnostics(unconfigured=bare(no_secret=failed("no_secret/diagnostics", 500))), "the secret: status 500"),
    (
        TRUTH,
        diagnostics(unconfigured=bare(bare=facts("bare/diagnostics", {**DARK, "apiSecretPresent": True}))),
        "without the secret: `apiSecretPresent: True`",
    ),
    (PLACEHOLDERS, diagnostics(placeholders=placeholders(FACTS)), "with placeholders: `streamChatConfigured: True`"),
    (ALONE, hybrid(poll=polled("poll"), unconfigured=bare(poll=failed("bare/poll", 500))), "status 500"),
    (
        ALONE,
        hybrid(poll=polled("poll"), unconfigured=bare(poll=told("bare/poll", {"error": "no key"}, method="GET"))),
        "without key and secret: JSON without a list of events",
    ),
    (TRUTH, diagnostics(unconfigured=bare(bare=failed("bare/diagnostics", 403))), "without the secret: status 403"),
    (ALONE, hybrid(poll=polled("poll"), unconfigured=bare("it ended at once")), "no start without key and secret"),
    (OFF, forced(failed("true/poll", 500)), "with `FORCE_SSE_ONLY=true`: status 500"),
    (OFF, forced(exchange("true/poll", body=b"<h1>off</h1>")), "status 200"),
    (FALSE, forced(OFF_BY_TOKEN, failed("false/token")), "with `FORCE_SSE_ONLY=false`: status 503"),
    (
        FALSE,
        forced(OFF_BY_FACTS, facts("false/diagnostics", {**FACTS, "streamChatConfigured": False})),
        "`streamChatConfigured: false`",
    ),
]


@pytest.mark.parametrize(("judge", "given", "expected"), BROKEN)
def test_wrong_answers_are_found(judge: Any, given: Case, expected: str) -> None:
    assert expected in found(judge, given)


@pytest.mark.parametrize(
    ("label", "answer", "expected"),
    [
        ("drop/diagnostics", facts("drop/diagnostics"), "fails (drop): `authenticationWorking: True`"),
        ("status/diagnostics", failed("status/diagnostics", 500), "fails (status): status 500"),
        ("hang/diagnostics", silent("hang/diagnostics"), "fails (hang): no answer"),
        ("hang/diagnostics", facts("hang/diagnostics", BLIND, ended_seconds=11.0), "11.0 s"),
    ],
)
def test_diagnostics_that_mislead_in_an_outage_are_found(label: str, answer: Exchange, expected: str) -> None:
    assert expected in found(TRUTH, diagnostics(stream_down=down(**{label: answer})))


@pytest.mark.parametrize(
    ("label", "answer", "expected"),
    [
        ("drop/poll", failed("drop/poll", 500), "fails (drop): status 500"),
        ("hang/poll", silent("hang/poll"), "fails (hang): no answer"),
        ("status/publish", failed("status/publish", 502), "a message was answered with status 502"),
        ("status/seen/1", polled("status/seen/1"), "the message that was posted does not come"),
    ],
)
def test_polling_that_fails_with_stream_is_found(label: str, answer: Exchange, expected: str) -> None:
    given = hybrid(poll=polled("poll"), stream_down=down(**{label: answer}))
    assert expected in found(ALONE, given)


@pytest.mark.parametrize("judge", [SIX, TRUTH])
@pytest.mark.parametrize("status", [302, 401, 403, 404])
def test_closed_diagnostics_claim_nothing(judge: Any, status: int) -> None:
    raised = outcome(judge, diagnostics(failed("user", status), stream_down=down()))
    assert isinstance(raised, NotClaimed)
    assert "development" in raised.declare


@pytest.mark.parametrize(
    ("judge", "given"),
    [
        (TRUTH, diagnostics()),
        (TRUTH, diagnostics(unconfigured=CLOSED, environment="development")),
        (PLACEHOLDERS, diagnostics(placeholders=placeholders(trouble="it ended"))),
        (ALONE, hybrid(poll=polled("poll"))),
        (FALSE, forced(token("true/token"), token("false/token"))),
        (FALSE, forced(facts("true/diagnostics"), facts("false/diagnostics"))),
    ],
)
def test_what_cannot_be_told_is_not_claimed(judge: Any, given: Case) -> None:
    assert isinstance(outcome(judge, given), NotClaimed)


LACKING: list[tuple[Any, Case, str]] = [
    (VALUES, diagnostics(silent("user"), silent("anonymous")), "gave no answer"),
    (TRUTH, diagnostics(unconfigured=bare("it ended")), "it ended"),
    (OFF, forced(polled("true/poll"), trouble="it ended"), "it ended"),
    (OFF, forced(), "`true/poll` of the scenario `forced` was not recorded"),
    (OFF, forced(polled("true/poll"), told("true/publish", status=201)), "nobody looked"),
    (FALSE, forced(silent("true/token"), token("false/token")), "got no answer"),
    (FALSE, forced(OFF_BY_TOKEN), "`false/token` of the scenario `forced` was not recorded"),
    (FALSE, forced(OFF_BY_TOKEN, trouble="it ended"), "it ended"),
]


@pytest.mark.parametrize(("judge", "given", "expected"), LACKING)
def test_what_shows_nothing_is_no_verdict(judge: Any, given: Case, expected: str) -> None:
    raised = outcome(judge, given)
    assert isinstance(raised, NotTestable), raised
    assert expected in raised.missing


@pytest.mark.parametrize("judge", [SIX, VALUES, PUBLIC, TRUTH, PLACEHOLDERS, ALONE, OFF, FALSE])
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, hybrid()), NotTestable)
