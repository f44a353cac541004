"""The declarations under which scenarios are run, and how to run one against a driver that sends nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.config import AiChat, Auth, Backend, Config, RateLimit, Turn
from chatproof.conformance.ai_chat.scenarios import SCENARIOS
from conformance_ai_chat.fake_driver import FakeDriver
from support.recordings import ORIGIN, URL

if TYPE_CHECKING:
    from chatproof.scenario import Cost

SECRET = "a-secret-of-our-own-that-is-long-enough-for-hs256"
FULL = Config(
    backend=Backend(url=URL, origins=(ORIGIN,), front="https://chat.example", environment="production"),
    auth=Auth(scheme="jwt", secret=SECRET, claims={"sub": "u1", "aud": "authenticated"}),
    profiles={
        "ai-chat": AiChat(
            ping_path="/ping",
            health_path="/health",
            resume_path="/chat/{session}/events",
            long_turn=Turn(message="long", fields={"temperature": 0}, max_duration=90),
            idle_turn=Turn(message="idle", max_duration=120),
            heartbeat_variable="HEARTBEAT_MS",
            rate_limit=RateLimit(burst=6, claims={"sub": "rate-user"}),
            fields={"lang": "en"},
        )
    },
)
PLAIN = Config(backend=Backend(url=URL), profiles={"ai-chat": AiChat()})


def cost(name: str, config: Config = FULL, examples: int = 10) -> Cost:
    return SCENARIOS.scenarios[name].cost(config, config.profiles["ai-chat"], examples)


async def run(name: str, config: Config = FULL, **options: Any) -> FakeDriver:
    driver = FakeDriver(config, **options)
    await SCENARIOS.scenarios[name].run(driver)
    return driver


def body_of(driver: FakeDriver, label: str) -> Any:
    return json.loads(driver.request(label).body)
