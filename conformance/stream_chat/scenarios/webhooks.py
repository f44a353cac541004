"""Events as Stream posts them: rightly signed, compressed, and signed by somebody else or not at all."""

from __future__ import annotations

import gzip
import hashlib
import hmac
from typing import TYPE_CHECKING

from chatproof.recording import Request
from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.requests import encoded, reply_limits, url_of

if TYPE_CHECKING:
    from chatproof.driver import Driver

__all__ = ["ACCEPTED", "REFUSED", "SCENARIOS"]

ACCEPTED = {"signed": "a rightly signed event", "gzip": "the same event, compressed"}
REFUSED = {
    "missing": "an event without `X-Signature`",
    "empty": "an event with an empty `X-Signature`",
    "wrong_key": "an event signed with another key",
    "other_body": "an event with the signature of another one",
    "compressed_bytes": "a compressed event whose signature is over the compressed bytes",
}
_STRANGER = b"another-secret-that-the-backend-does-not-know-of"
_EVENT = {"type": "health.check", "cid": "*", "created_at": "2026-01-15T12:34:56.789Z", "message": "conformance test"}


async def _webhook(driver: Driver) -> None:
    secret = driver.settings.secret.encode()
    body, other = encoded(_EVENT), encoded({**_EVENT, "message": "another one"})
    packed = gzip.compress(body, mtime=0)
    sent: dict[str, tuple[bytes, str | None]] = {
        "signed": (body, _signature(secret, body)),
        "gzip": (packed, _signature(secret, body)),
        "missing": (body, None),
        "empty": (body, ""),
        "wrong_key": (body, _signature(_STRANGER, body)),
        "other_body": (body, _signature(secret, other)),
        "compressed_bytes": (packed, _signature(secret, packed)),
    }
    for label, (data, signature) in sent.items():
        await driver.send(label, _posted(driver, data, signature), limits=reply_limits(driver))


def _posted(driver: Driver, body: bytes, signature: str | None) -> Request:
    headers = [("Accept", "*/*"), ("Content-Type", "application/json"), ("X-Webhook-Attempt", "1")]
    headers += [("Content-Encoding", "gzip")] if body.startswith(b"\x1f\x8b") else []
    headers += [("X-Api-Key", driver.settings.api_key)] if driver.settings.api_key else []
    headers += [] if signature is None else [("X-Signature", signature)]
    return Request(method="POST", url=url_of(driver, driver.settings.webhook_path), headers=tuple(headers), body=body)


def _signature(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


SCENARIOS = (
    Scenario(
        name="webhook",
        run=_webhook,
        cost=fixed(replies=len(ACCEPTED) + len(REFUSED)),
        means=("webhook_path", "secret", "loopback_or_intrusive"),
        summary="events of Stream, rightly signed and not",
    ),
)
