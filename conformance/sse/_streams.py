"""What the SSE clauses share: the sources, and the streams of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.recording import End
from chatproof.requirement import Source

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

HTML = "WHATWG HTML"
GUIDE = "AI chat guide"
_PAGE = "https://html.spec.whatwg.org/multipage/server-sent-events.html"


def html(section: str, anchor: str) -> Source:
    """A section of the HTML standard's chapter on server-sent events."""
    return Source(HTML, section, f"{_PAGE}#{anchor}")


PARSING = html("9.2.5 Parsing an event stream", "parsing-an-event-stream")
INTERPRETING = html("9.2.6 Interpreting an event stream", "event-stream-interpretation")
AUTHORING = html("9.2.7 Authoring notes", "authoring-notes")
PROCESSING = html("9.2.3 Processing model", "sse-processing-model")
INTERFACE = html("9.2.2 The EventSource interface", "the-eventsource-interface")
INTRODUCTION = html("9.2.1 Introduction", "server-sent-events-intro")


def answered(case: Case, scenario: str = "turn") -> list[Exchange]:
    """The exchanges of a scenario that were answered with a 2xx; NotTestable where there is none."""
    found = [entry for entry in case[scenario].turns if entry.status is not None and 200 <= entry.status <= 299]  # noqa: PLR2004 - success
    if not found:
        raise NotTestable(f"no stream in the scenario `{scenario}`")
    return found


def streams(case: Case, scenario: str = "turn") -> list[Exchange]:
    """The streams of a scenario that hold bytes; NotTestable where there is none."""
    found = [entry for entry in answered(case, scenario) if entry.body]
    if not found:
        raise NotTestable(f"the stream of the scenario `{scenario}` is empty")
    return found


def whole(exchange: Exchange) -> bool:
    """Nothing cut the stream short: it was complete, or stayed open after its last event."""
    return exchange.end.clean or exchange.end is End.STILL_OPEN


def quoted(text: str) -> str:
    """Text as it is where it can be read, else with its control characters escaped."""
    return f"`{text}`" if text.isprintable() else repr(text)


def expect_no(rule: str, exchange: Exchange, *, meaning: str, expected: str) -> None:
    """Raises `Failure` at the first breach of this rule of the format; `meaning` goes before what was found."""
    for violation in exchange.stream.violations:
        found = f"{meaning}, at byte {violation.offset}: {quoted(violation.found)}"
        expect(violation.rule != rule, found=found, expected=expected, at=exchange, offset=violation.offset)
