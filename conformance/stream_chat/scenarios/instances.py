"""The backend started with other credentials for Stream: none, placeholders, a short secret."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds
from ...common.requests import reply_limits
from ..requests import ask, issues

if TYPE_CHECKING:
    from typing import Any

    from chatproof.config import Config
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]

_PRINTED_KEY = "kwkbhtfrtj7u"
_PRINTED_SECRET = "egs" + "*" * 21
_LONG_BYTES, _SHORT_BYTES = 32, 8
_COUNT = 7


async def _other_credentials(driver: Driver) -> None:
    """Stream takes any signature meanwhile: that it would refuse is no merit of the backend's."""
    key, secret = driver.settings.key_variable, driver.settings.secret_variable
    fresh, short = secrets.token_hex(_LONG_BYTES), secrets.token_hex(_SHORT_BYTES)
    environments: dict[str, dict[str, str | None]] = {
        "control": {secret: fresh},
        "no_secret": {secret: None},
        "empty_secret": {secret: ""},
        "no_key": {key: None},
        "placeholder": {secret: "your_secret_here"},
        "printed": {key: _PRINTED_KEY, secret: _PRINTED_SECRET},
        "short": {secret: short},
    }
    upstream = driver.upstream()
    not_started = {}

    async def asked(label: str, environment: dict[str, str | None]) -> None:
        async with driver.instance(environment) as instance:
            if not instance.url:
                not_started[label] = instance.trouble or "it did not start"
                return
            signed = environment.get(secret, driver.settings.secret) or driver.settings.secret
            request = ask(driver, base=instance.url)
            await driver.send(label, request, limits=reply_limits(driver), issues=issues(driver, key=signed))

    upstream.behave("trusting")
    try:
        async with anyio.create_task_group() as group:
            for label, environment in environments.items():
                group.start_soon(asked, label, environment)
    finally:
        upstream.behave("well")
        driver.finding("not_started", not_started)


def _cost(config: Config, _settings: Any, _examples: int) -> Cost:
    each = config.backend.start_timeout + reply_seconds(config)
    return Cost(requests=_COUNT, seconds=_COUNT * each, expected_seconds=float(_COUNT))


SCENARIOS = (
    Scenario(
        name="other_credentials",
        run=_other_credentials,
        cost=_cost,
        means=("command", "upstream", "key_variable", "secret_variable"),
        alone=True,
        summary="the backend started without credentials for Stream, with placeholders and with a short secret",
    ),
)
