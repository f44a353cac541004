from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.conformance.jwt import test_algorithm, test_audience, test_numbers, test_signature, test_time
from support.recordings import case, exchange, recording, refusal, turn
from support.verdicts import met, not_claimed, not_met, not_testable

if TYPE_CHECKING:
    from chatproof.recording import Exchange

NONE = test_algorithm.test_algorithm_none_is_refused
FORGED = test_signature.test_forged_token_is_refused
EXPIRED = test_time.test_expired_token_is_refused
EARLY = test_time.test_early_token_is_refused
AUDIENCE = test_audience.test_foreign_audience_is_refused
NUMBERS = test_numbers.test_expiry_as_text_is_refused

FORGERIES = ("garbage", "tampered", "unsigned", "wrong_key", "none", "None", "nOnE")
MINTED = ("expired", "long_expired", "not_yet", "wrong_audience", "no_audience", "no_expiry", "expiry_as_text")


def forged(**changed: Exchange) -> Any:
    return case(forged_tokens=[changed.get(label) or refusal(label, status=401) for label in FORGERIES])


def minted(**changed: Exchange) -> Any:
    rest = [changed.get(label) or refusal(label, status=401) for label in MINTED]
    return case(minted_tokens=[changed.get("fresh") or turn("fresh"), *rest])


BREAKS = [
    (NONE, forged, "none", "`alg` none"),
    (NONE, forged, "None", "`alg` None"),
    (NONE, forged, "nOnE", "`alg` nOnE"),
    (FORGED, forged, "garbage", "garbage"),
    (FORGED, forged, "tampered", "a changed payload"),
    (FORGED, forged, "unsigned", "a stripped signature"),
    (FORGED, forged, "wrong_key", "a signature by another key"),
    (EXPIRED, minted, "expired", "expired two minutes ago"),
    (EXPIRED, minted, "long_expired", "expired an hour ago"),
    (EARLY, minted, "not_yet", "valid in ten minutes"),
    (AUDIENCE, minted, "wrong_audience", "another audience"),
    (NUMBERS, minted, "expiry_as_text", "`exp` as text"),
]
WRONG = [
    (turn, "status 200 with text/event-stream"),
    (lambda label: refusal(label, status=403), "status 403 with application/json"),
    (lambda label: exchange(label, status=500), "status 500 with no media type"),
    (lambda label: turn(label, status=401), "status 401 with text/event-stream"),
    (lambda label: exchange(label, status=None, trouble="reset by peer"), "no answer (reset by peer)"),
]


@pytest.mark.parametrize("judge", [NONE, FORGED])
def test_forgeries_that_are_all_refused(judge: Any) -> None:
    met(judge, forged())


@pytest.mark.parametrize("judge", [EXPIRED, EARLY, AUDIENCE, NUMBERS])
def test_defective_tokens_that_are_all_refused(judge: Any) -> None:
    met(judge, minted())


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks[2])
@pytest.mark.parametrize(("wrong", "shown"), WRONG)
def test_a_token_that_is_not_refused(breaks: Any, wrong: Any, shown: str) -> None:
    judge, build, label, what = breaks
    failure = not_met(judge, build(**{label: wrong(label)}))

    assert failure.found == f"{what}: {shown}"
    assert failure.expected == "status 401, and no stream"
    assert failure.at is not None
    assert failure.at.label == label


@pytest.mark.parametrize("label", FORGERIES)
def test_each_forgery_is_the_business_of_one_requirement(label: str) -> None:
    judges = [judge for judge, _, broken, _ in BREAKS if broken == label]

    assert len(judges) == 1
    met(FORGED if judges == [NONE] else NONE, forged(**{label: turn(label)}))


@pytest.mark.parametrize(("judge", "label"), [(judge, label) for judge, build, label, _ in BREAKS if build is minted])
@pytest.mark.parametrize("fresh", [refusal("fresh", status=401), exchange("fresh"), exchange("fresh", status=None)])
def test_nothing_follows_where_a_fresh_token_is_refused_too(judge: Any, label: str, fresh: Exchange) -> None:
    lack = not_testable(judge, minted(fresh=fresh, **{label: turn(label)}))

    assert "check [auth]" in lack.missing


def test_several_forgeries_are_named_together() -> None:
    failure = not_met(FORGED, forged(tampered=turn("tampered"), wrong_key=turn("wrong_key")))

    assert failure.found.count("status 200") == 2


def test_an_opaque_token_claims_no_algorithm_but_its_garbage_counts() -> None:
    opaque = case(forged_tokens=refusal("garbage", status=401))

    assert 'scheme = "jwt"' in not_claimed(NONE, opaque).declare
    met(FORGED, opaque)


def test_claims_without_an_audience_claim_none() -> None:
    without_audience = case(minted_tokens=[turn("fresh"), refusal("expired", status=401)])

    assert "aud" in not_claimed(AUDIENCE, without_audience).declare


def test_empty_recordings_are_no_verdict() -> None:
    not_testable(FORGED, case(forged_tokens=recording("forged_tokens")))
    not_claimed(NONE, case(forged_tokens=recording("forged_tokens")))
    not_claimed(AUDIENCE, case(minted_tokens=recording("minted_tokens")))
