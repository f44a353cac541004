"""What only the server may know stays there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.redaction import SERVER_SECRET
from chatproof.requirement import Source, requirement
from chatproof.scenario import EVERY
from chatproof.verdict import Level

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_DECLARE = 'secrets = ["${OPENAI_API_KEY}"]  # in [backend]'


@requirement(
    "HTTP-SECRET-01",
    Level.MUST,
    Source("Stream Chat guide", "No Frontend .env Changes Required"),
    Source("ChatKit guide", 'Issue 2: "401 Unauthorized" on Backend Calls'),
    why="Whoever reads the key that signs tokens is every user at once, and whoever reads a service's key spends on "
    "your account. Error pages, debug routes and configuration dumps are where they get out.",
    example='HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{"error":"invalid token"}',
    remedy={
        "any": "Answer errors with a text of your own, and never with the configuration, the environment or the text "
        "of an exception. Make a new key at once: one that was sent is known.",
        "next": "No `NEXT_PUBLIC_` before a secret's name: such variables are built into the pages.",
        "express": "An error handler that answers with a fixed text; no `res.json(process.env)` in a debug route.",
        "fastapi": "`debug=False`, and no `str(error)` in a `detail`.",
        "django": "`DEBUG = False`: its error page shows settings and variables.",
        "spring": "`management.endpoint.env.show-values=never`, `server.error.include-stacktrace=never`.",
    },
    scenarios=(EVERY,),
    aliases=("STREAM-TOK-09", "CHATKIT-SEC-01"),
)
def test_no_answer_holds_a_secret_of_the_server(case: Case) -> None:
    """
    No answer, in its headers or its body, holds a secret that only the server may know.

    These are the declared signing key, the secrets of the profiles and those in `[backend] secrets`, also where they
    are spelled in base64, in hexadecimal or with escapes.
    """
    _claimed(case)
    exchanges = [exchange for recording in case.every().values() for exchange in recording.exchanges]
    answered = [exchange for exchange in exchanges if exchange.response is not None]
    if not answered:
        raise NotTestable("no answer was recorded")
    for exchange in answered:
        places = _places(exchange)
        if places:
            raise Failure(
                found=f"a secret of the server in {' and '.join(places)} of the answer to {exchange.key}",
                expected="no secret of the server in any answer",
                at=exchange,
            )
    hidden = next((exchange for exchange in answered if "withheld" in exchange.findings), None)
    if hidden is not None:
        raise NotTestable(f"{hidden.key}: {hidden.findings['withheld']}")


def _claimed(case: Case) -> None:
    """NotClaimed where no secret is declared; in a replay the values are gone, but not that there were some."""
    own = case.config.auth.secret, getattr(case.settings, "secret", ""), *case.backend.secrets
    if not any(own):
        raise NotClaimed("no secret of the server is declared, so that none could be looked for", declare=_DECLARE)


def _places(exchange: Exchange) -> list[str]:
    """Where a server's secret stood: `body`, `header set-cookie`."""
    seen = exchange.findings.get("secrets_seen", ())
    return list(dict.fromkeys(sighting["where"] for sighting in seen if sighting["kind"] == SERVER_SECRET))
