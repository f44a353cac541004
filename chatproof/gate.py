"""The control gate: does a plain turn work at all? Without that nothing else can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording
    from chatproof.scenario import ScenarioSet

__all__ = ["Gate", "gate", "gate_of", "no_answer_hint"]


@dataclass(frozen=True, slots=True)
class Gate:
    """
    What the control turn showed.

    `open`: it worked. `answered`: it was at least answered with a 2xx, so that requirements on
    the turn itself may call it broken. `reason` and `hint` are for the user.
    """

    open: bool
    answered: bool
    reason: str = ""
    hint: str = ""


_SUCCESS = 2
_REDIRECTION = 3
_LOOK = "`chatproof init {url}` looks which routes are there"
_HINTS = {
    401: "check [auth] (or CHATPROOF_TOKEN): the backend refuses the token",
    403: "check [auth]: the token's user may not use this route",
    404: "check the URL, and {keys} in [profiles.{profile}]; " + _LOOK,
    405: "check {keys} in [profiles.{profile}]: the route does not take this method; " + _LOOK,
    429: "the backend limits requests; lower max_rps or wait",
    501: "check the URL, and {keys} in [profiles.{profile}]: the server does not know this method; " + _LOOK,
}
_TROUBLE_HINTS = {
    "it speaks TLS": "write https:// in the URL",
    "certificate is not valid for": "the certificate names another host: use that name in the URL",
    "certificate has expired": "the backend needs a new certificate",
    "TLS: the certificate is not trusted": "name the authority that signed it: ca_file in [backend]",
    "TLS: wrong version number": "the port does not speak TLS: is it http:// in the URL?",
    "TLS: ": "check that the backend speaks TLS on this port, and which versions",
    "it speaks HTTP/2": "chatproof speaks HTTP/1.1: give the backend a port for it, or put a proxy before it",
    "status line": "something else than HTTP listens there: check the port",
    "that HTTP does not allow": "check [auth], and `path` in the profile's table",
}
"""By the words of the trouble; the first that fits."""


def gate_of(case: Case) -> Gate:
    """The gate of a case, from the recording of its control scenario."""
    recording = case.recordings.get(case.control)
    if recording is None:
        return Gate(open=False, answered=False, reason=f"the control {case.scenario_set.what} was not recorded")
    return gate(recording, case.scenario_set)


def gate(recording: Recording, scenario_set: ScenarioSet) -> Gate:
    """Judges a control recording by its first exchange; pure."""
    what = f"the control {scenario_set.what}"
    if recording.not_testable or not recording.exchanges:
        return Gate(open=False, answered=False, reason=recording.not_testable or f"{what} was not sent")
    exchange = recording.exchanges[0]
    if exchange.response is None:
        return Gate(
            open=False,
            answered=False,
            reason=f"{what} got no answer: {exchange.trouble or exchange.end.value}",
            hint=no_answer_hint(exchange),
        )
    status = exchange.response.status
    if status // 100 != _SUCCESS:
        reason = f"{what} was answered with status {status}"
        return Gate(open=False, answered=False, reason=reason, hint=_status_hint(exchange, scenario_set))
    broken = scenario_set.broken(exchange)
    if broken:
        return Gate(open=False, answered=True, reason=f"{what} did not work: {broken}")
    return Gate(open=True, answered=True)


def no_answer_hint(exchange: Exchange) -> str:
    """What to do where a request was not answered at all."""
    for words, hint in _TROUBLE_HINTS.items():
        if words in exchange.trouble:
            return hint
    if exchange.unsent:
        return f"is the backend running at {exchange.request.url}? `--wait SECONDS` waits for it"
    return f"something listens at {exchange.request.url}, but does not answer a chat turn: check the URL and its log"


def _status_hint(exchange: Exchange, scenario_set: ScenarioSet) -> str:
    status = exchange.status or 0
    url = urlsplit(exchange.request.url)
    keys = " and ".join(f"`{key}`" for key in scenario_set.keys)
    if status in _HINTS:
        return _HINTS[status].format(keys=keys, profile=scenario_set.profile, url=f"{url.scheme}://{url.netloc}")
    if status // 100 == _REDIRECTION:
        return f"give the URL and {keys} that it redirects to: a redirected POST may arrive as a GET"
    return "look into the backend's log"
