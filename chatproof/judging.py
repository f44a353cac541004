"""From recordings to verdicts: runs one judge and says what came of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.curl import curl_line
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.gate import Gate, gate_of
from chatproof.means import undeclared
from chatproof.remedy import remedy_for
from chatproof.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.requirement import Requirement

__all__ = ["judge"]


def judge(requirement: Requirement, case: Case) -> Judgement:
    """
    The verdict of one requirement on one recorded case; pure, no I/O.

    Where the control turn did not work nothing is met: a requirement that explains the control
    turn may be not met, all others are not testable. So are failures on a request that could not be sent.
    """
    started = time.perf_counter()
    judgement = _judge(requirement, replace(case, allowed=requirement.reads, seen=set()))
    return replace(judgement, seconds=time.perf_counter() - started)


def _judge(requirement: Requirement, case: Case) -> Judgement:
    missing = undeclared(requirement.means, case.config, case.profile)
    if missing is not None:
        return Judgement(verdict=Verdict.NOT_CLAIMED, reason=missing.reason, declare=missing.declare)
    gate = gate_of(case)
    if not gate.open and not (gate.answered and requirement.explains_control):
        return Judgement(verdict=Verdict.NOT_TESTABLE, reason=gate.reason)
    try:
        requirement.judge(case)
    except Failure as failure:
        return _failed(requirement, failure)
    except NotTestable as absence:
        return Judgement(verdict=Verdict.NOT_TESTABLE, reason=absence.missing)
    except NotClaimed as absence:
        return Judgement(verdict=Verdict.NOT_CLAIMED, reason=absence.reason, declare=absence.declare)
    return _met(gate, case)


def _met(gate: Gate, case: Case) -> Judgement:
    if not gate.open:
        return Judgement(verdict=Verdict.NOT_TESTABLE, reason=gate.reason)
    if not case.seen:
        return Judgement(verdict=Verdict.NOT_TESTABLE, reason="the judge looked at no recording")
    return Judgement(verdict=Verdict.MET)


def _failed(requirement: Requirement, failure: Failure) -> Judgement:
    if failure.at is not None and failure.at.unsent:
        reason = f"`{failure.at.key}` could not be sent: {failure.at.trouble}"
        return Judgement(verdict=Verdict.NOT_TESTABLE, reason=reason)
    return Judgement(
        verdict=Verdict.NOT_MET,
        found=failure.found,
        expected=failure.expected,
        remedy=remedy_for(requirement, failure.at),
        evidence=failure.at.key if failure.at else "",
        offset=failure.offset,
        curl=curl_line(failure.at.request) if failure.at else "",
    )
