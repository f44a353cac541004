"""Judges the body of one stream of a load run with the judges of `conformance/`: pure functions, called by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chatproof.case import Case
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.loading import load
from chatproof.recording import End, Exchange, Read, Recording, Request, Response
from chatproof.requirement import requirement_of
from chatproof.scenario import ScenarioSet
from chatproof.verdict import Level

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.requirement import Requirement

__all__ = ["body_violations", "judges_of"]

_SHARED = ("sse.test_framing", "sse.test_encoding", "sse.test_id", "sse.test_retry")
_OWN = {"ai-chat": ("ai_chat.test_events", "ai_chat.test_end")}
_SCENARIO = "turn"


@cache
def judges_of(profile: str) -> tuple[Requirement, ...]:
    """
    The requirements that one body can break: MUST, of a plain turn, without means.

    They are read from the modules on an event stream's format, and for `ai-chat` on the order of a turn's events.
    """
    modules = [load("conformance", name) for name in (*_SHARED, *_OWN.get(profile, ()))]
    entries = (requirement_of(member) for module in modules for member in vars(module).values())
    return tuple(
        entry
        for entry in entries
        if entry is not None and entry.level is Level.MUST and _SCENARIO in entry.scenarios and not entry.means
    )


def body_violations(body: bytes, config: Config, profile: str) -> tuple[str, ...]:
    """
    The ids of the requirements that a stream with status 200 and this body breaks, sorted.

    The body has come to its proper end: how another ended is its sample's cause. Times are not judged.
    """
    exchange = Exchange(
        label=_SCENARIO,
        request=Request(method="POST", url=config.backend.url),
        response=Response(
            status=200,
            reason="",
            version="HTTP/1.1",
            headers=(("Content-Type", "text/event-stream"),),
            at_ns=0,
            first_byte_ns=0,
        ),
        reads=(Read(at_ns=0, data=body),),
        end=End.TERMINAL_CHUNK,
        connection=1,
        scenario=_SCENARIO,
    )
    recording = Recording(scenario=_SCENARIO, profile=profile, exchanges=(exchange,))
    case = Case(
        profile=profile,
        config=config,
        recordings={_SCENARIO: recording},
        scenario_set=ScenarioSet(profile=profile, control=_SCENARIO, scenarios={}),
    )
    return tuple(sorted({entry.id for entry in judges_of(profile) if _broken(entry, case)}))


def _broken(entry: Requirement, case: Case) -> bool:
    try:
        entry.judge(case)
    except Failure:
        return True
    except (NotTestable, NotClaimed):
        return False
    return False
