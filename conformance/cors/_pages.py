"""What the CORS clauses share: the sources, and what a page at a listed origin was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import CorsRequest, preflighted_request, status_check
from chatproof.failure import NotClaimed, NotTestable
from chatproof.requirement import Source
from chatproof.scenario import CONTROL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording, Response

FETCH = "WHATWG Fetch"
FETCH_URL = "https://fetch.spec.whatwg.org/"
GUIDE = Source("AI chat guide", "CORS Issues in Browser")


def fetch(section: str, anchor: str) -> Source:
    """A section of the Fetch standard."""
    return Source(FETCH, section, f"{FETCH_URL}#{anchor}")


def credentialed(case: Case) -> bool:
    """Pages send cookies: only then is a request credentialed; an `Authorization` header does not make it so."""
    return case.config.auth.scheme == "cookie"


def preflight(case: Case) -> tuple[Exchange, CorsRequest, Response]:
    """
    The preflight of the page's chat request, in the form a browser sends, and its answer.

    NotTestable where it was refused or not answered: then its headers say nothing.
    """
    exchange = case["preflight"]["listed"]
    request = preflighted_request(exchange.request, credentials=credentialed(case))
    if exchange.response is None:
        raise NotTestable(f"the preflight got no answer: {exchange.trouble or exchange.end.value}")
    if not status_check(request, exchange.response).allowed:
        raise NotTestable(f"the preflight was answered with status {exchange.status}")
    return exchange, request, exchange.response


def control(case: Case) -> Exchange:
    """The plain request from the listed page, and its answer."""
    return case[CONTROL].exchanges[0]


def claimed(case: Case, scenario: str) -> Recording | None:
    """The recording of a scenario, None where what it needs is not claimed."""
    try:
        return case[scenario]
    except NotClaimed:
        return None


def readable(case: Case, scenarios: Iterable[str]) -> tuple[list[Exchange], NotTestable | None]:
    """
    All answers of these scenarios to requests from listed origins, and what could not be observed.

    What is not claimed is left out. The second value is to be raised once nothing worse was found.
    """
    found: list[Exchange] = []
    absence: NotTestable | None = None
    for name in scenarios:
        if name not in case.scenario_set.names:
            continue
        try:
            recording = claimed(case, name)
        except NotTestable as missing:
            absence = absence or missing
            continue
        found += [entry for entry in recording.exchanges if _is_listed(case, entry)] if recording else []
    return found, absence


def _is_listed(case: Case, exchange: Exchange) -> bool:
    """It was answered, and its request came from a page at a listed origin."""
    listed = exchange.request.header("origin") in case.backend.origins
    return listed and exchange.request.method != "OPTIONS" and exchange.response is not None


def named(exchanges: Iterable[Exchange], limit: int = 6) -> str:
    """The exchanges by key and status, the first few of them."""
    names = [f"{entry.key} ({entry.status})" for entry in exchanges]
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest
