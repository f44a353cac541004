from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from chatproof.config import Waiver
from chatproof.requirement import Requirement
from chatproof.verdict import Judgement, Level, Verdict
from chatproof.waivers import apply_waivers

if TYPE_CHECKING:
    from chatproof.run import WaiverState

TODAY = date(2027, 1, 15)


def known(*rows: tuple[str, tuple[str, ...]]) -> dict[str, Requirement]:
    def judge(_case: object) -> None: ...

    return {
        identifier: Requirement(
            id=identifier,
            level=Level.MUST,
            statement="",
            why="",
            sources=(),
            example="",
            remedy={"any": ""},
            scenarios=(),
            means=(),
            aliases=aliases,
            profiles=(),
            explains_control=False,
            clause="",
            judge=judge,
            definition=("", 0),
        )
        for identifier, aliases in rows
    }


KNOWN = known(("SSE-BUF-01", ("AICHAT-HDR-04",)), ("SSE-ENC-01", ()))
NOT_MET = Judgement(
    verdict=Verdict.NOT_MET, found="f", expected="e", remedy="r", curl="c", evidence="turn/turn", offset=3
)
MET = Judgement(verdict=Verdict.MET)
NOT_CLAIMED = Judgement(verdict=Verdict.NOT_CLAIMED, reason="no front")


def waiver(
    requirement: str = "SSE-BUF-01", *, profile: str = "", expires: date | None = TODAY, line: int = 31
) -> Waiver:
    return Waiver(
        requirement=requirement, reason="proxy strips it", owner="platform", expires=expires, profile=profile, line=line
    )


def applied(
    judgements: dict[tuple[str, str], Judgement], *waivers: Waiver, origin: str = "chatproof.toml"
) -> tuple[list[Judgement], list[WaiverState]]:
    judged = [(name, KNOWN[name].aliases, profile, judgement) for (name, profile), judgement in judgements.items()]
    return apply_waivers(judged, waivers, known=KNOWN, origin=origin, today=TODAY)


def test_what_is_not_met_is_waived_and_keeps_what_was_found() -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver())

    assert judgement.verdict is Verdict.WAIVED
    assert judgement.reason == "waived until 2027-01-15 by platform: proxy strips it"
    assert (judgement.found, judgement.expected, judgement.curl, judgement.offset) == ("f", "e", "c", 3)
    assert (state.state, state.message) == (
        "used",
        "chatproof.toml:31: SSE-BUF-01 is waived until 2027-01-15 (owner: platform)",
    )
    assert (state.owner, state.reason, state.expires, state.line) == ("platform", "proxy strips it", "2027-01-15", 31)


def test_what_is_not_testable_is_waived_and_keeps_why() -> None:
    lacking = Judgement(verdict=Verdict.NOT_TESTABLE, reason="the front did not answer")
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): lacking}, waiver())

    assert judgement.verdict is Verdict.WAIVED
    assert "(not testable: the front did not answer)" in judgement.reason
    assert state.state == "used"


@pytest.mark.parametrize("name", ["AICHAT-HDR-04", "sse-buf-01"])
def test_an_alias_and_any_case_will_do(name: str) -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver(name))

    assert (judgement.verdict, state.state) == (Verdict.WAIVED, "used")


def test_a_waiver_for_what_is_met_is_stale() -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): MET}, waiver())

    assert judgement is MET
    assert (state.state, state.message) == ("stale", "chatproof.toml:31: delete this waiver: SSE-BUF-01 is met now")


def test_an_expired_waiver_covers_nothing() -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver(expires=date(2027, 1, 14)))

    assert judgement is NOT_MET
    assert state.state == "expired"
    assert "chatproof.toml:31: delete this waiver: SSE-BUF-01 is waived no longer" in state.message
    assert "expired on 2027-01-14 (owner: platform)" in state.message


def test_a_waiver_without_a_date_is_expired() -> None:
    _, [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver(expires=None))

    assert (state.state, state.expires) == ("expired", "")


def test_a_waiver_for_no_requirement_names_the_closest() -> None:
    _, [near, far] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver("SSE-BUFF-01"), waiver("QQQ"))

    assert near.state == far.state == "unmatched"
    assert near.message == (
        "chatproof.toml:31: delete this waiver: no requirement `SSE-BUFF-01`; did you mean `SSE-BUF-01`?"
    )
    assert far.message.endswith("no requirement `QQQ`")


def test_a_waiver_for_what_was_not_selected_does_not_fail() -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver("SSE-ENC-01"))

    assert judgement is NOT_MET
    assert (state.state, state.message) == ("not_judged", "chatproof.toml:31: SSE-ENC-01 was not selected")


def test_a_waiver_for_what_is_not_claimed_does_not_fail() -> None:
    [judgement], [state] = applied({("SSE-BUF-01", "ai-chat"): NOT_CLAIMED}, waiver())

    assert judgement is NOT_CLAIMED
    assert (state.state, state.message) == ("not_judged", "chatproof.toml:31: SSE-BUF-01 is not claimed")


def test_a_waiver_with_a_profile_covers_only_that() -> None:
    both = {("SSE-BUF-01", "ai-chat"): NOT_MET, ("SSE-BUF-01", "hybrid"): NOT_MET}
    judgements, [state] = applied(both, waiver(profile="hybrid"))

    assert [judgement.verdict for judgement in judgements] == [Verdict.NOT_MET, Verdict.WAIVED]
    assert state.state == "used"


def test_a_waiver_without_a_profile_is_used_if_one_profile_needs_it() -> None:
    both = {("SSE-BUF-01", "ai-chat"): MET, ("SSE-BUF-01", "hybrid"): NOT_MET}
    judgements, [state] = applied(both, waiver())

    assert [judgement.verdict for judgement in judgements] == [Verdict.MET, Verdict.WAIVED]
    assert state.state == "used"


def test_of_two_waivers_for_the_same_the_second_is_stale() -> None:
    _, [first, second] = applied({("SSE-BUF-01", "ai-chat"): NOT_MET}, waiver(), waiver("AICHAT-HDR-04", line=40))

    assert (first.state, second.state) == ("used", "stale")
    assert second.message == "chatproof.toml:40: delete this waiver: another one covers AICHAT-HDR-04 already"


def test_without_a_line_the_file_is_named_alone_and_without_a_file_nothing() -> None:
    _, [state] = applied({("SSE-BUF-01", "ai-chat"): MET}, waiver(line=0))
    assert state.message == "chatproof.toml: delete this waiver: SSE-BUF-01 is met now"

    _, [state] = applied({("SSE-BUF-01", "ai-chat"): MET}, waiver(line=0), origin="")
    assert state.message == "delete this waiver: SSE-BUF-01 is met now"
