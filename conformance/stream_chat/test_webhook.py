"""Events that Stream posts: whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of, is_success, shown
from .scenarios.webhooks import ACCEPTED, REFUSED
from .sources import STREAM_WEBHOOKS

if TYPE_CHECKING:
    from chatproof.case import Case

_FORBIDDEN = frozenset({401, 403})


@requirement(
    "STREAM-HOOK-01",
    Level.MUST,
    STREAM_WEBHOOKS,
    why="Anybody may post to this route; an event that Stream did not send creates messages and notifications of "
    "whatever its author likes.",
    example="POST /webhooks/stream\nX-Signature: <hex of HMAC-SHA256 over the uncompressed body>",
    remedy={
        "any": "HMAC-SHA256 with the app's secret over the raw body, decompressed where it begins with 1f 8b, in hex, "
        "compared in constant time; 401 otherwise.",
        "fastapi": "`stream_chat.webhook.verify_and_parse_webhook(await request.body(), signature, secret)`; the "
        "client's `verify_webhook` compares with `==`.",
        "express": "`express.raw({ type: '*/*' })` on this route, then `client.verifyWebhook(req.body, signature)`: a "
        "parsed body is another text.",
        "next": "`await request.text()`, not `request.json()`, before the check.",
    },
    scenarios=("webhook",),
    aliases=("STREAM-WH-01",),
)
def test_webhook_takes_events_of_stream_alone(case: Case) -> None:
    """A webhook takes rightly signed events, compressed ones too, and answers 401 or 403 to all others."""
    recording = case["webhook"]
    for label, what in ACCEPTED.items():
        exchange = exchange_of(recording, label)
        expect(is_success(exchange), found=f"{what}: {shown(exchange)}", expected="success", at=exchange)
    for label, what in REFUSED.items():
        exchange = exchange_of(recording, label)
        found = f"{what}: {shown(exchange)}"
        expect(exchange.status in _FORBIDDEN, found=found, expected="status 401 or 403", at=exchange)
