"""No secret in any output, whatever the backend does with what it is sent."""

from __future__ import annotations

import base64
import html
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from outcomes.commands import Command, Outcome
from outcomes.hostile import Hostile

from chatproof.fixtures.server import Farm
from chatproof.har import load_folder

SIGNING = 'canary/signing+key="quoted" & <tagged> \\ \N{LATIN SMALL LETTER U WITH DIAERESIS}ber-32-bytes'
BEARER = "canary-bearer/+a~b.c_d==1234567890"
COOKIE = "canary%2Fcookie/+value=0987654321"
HEADER = 'canary header "value" & <tag> / 55555'
PRINTED = "canary-printed/+token==7777777"
CLAIM = "canary claim/+value & <b> 1111"
FIELD = 'canary field/+"value" 2222'
ARGUMENT = "canary-argument/+3333"
VARIABLES = {"CANARY_CLAIM": CLAIM, "CANARY_FIELD": FIELD, "CANARY_ARGUMENT": ARGUMENT}


@dataclass(frozen=True)
class Way:
    """How a credential is declared, and the secrets in that."""

    auth: Mapping[str, Any]
    header: str
    secrets: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


ALL: tuple[str, ...] = ()
MOST = ("SSE", "CORS", "HTTP", "AICHAT-AUTH", "AICHAT-HB", "AICHAT-VAL-01")
PRINTER = "import sys; print(sys.argv[1])"
WAYS = {
    "jwt": Way(
        {
            "scheme": "jwt",
            "secret": "${CANARY_SIGNING}",
            "claims": {"sub": "u1", "aud": "authenticated", "tenant": "${CANARY_CLAIM}"},
            "second_user": {"sub": "u2", "tenant": "second ${CANARY_CLAIM}"},
        },
        "authorization",
        (SIGNING, CLAIM),
        {"CANARY_SIGNING": SIGNING},
    ),
    "bearer": Way({"scheme": "bearer", "token": BEARER}, "authorization", (BEARER,)),
    "variable": Way({"scheme": "bearer"}, "authorization", (BEARER,), {"CHATPROOF_TOKEN": BEARER}),
    "cookie": Way({"scheme": "cookie", "name": "session", "token": COOKIE}, "cookie", (COOKIE,)),
    "header": Way({"scheme": "header", "name": "X-Api-Key", "token": HEADER}, "x-api-key", (HEADER,)),
    "command": Way(
        {"scheme": "command", "command": f"{sys.executable} -Ic '{PRINTER}' {PRINTED}:${{CANARY_ARGUMENT}}"},
        "authorization",
        (f"{PRINTED}:{ARGUMENT}", ARGUMENT),
    ),
}


@dataclass(frozen=True)
class Seen:
    """A finished check of the hostile backend: its outcome, and what must not show."""

    outcome: Outcome
    secrets: tuple[str, ...]


def table(url: str, auth: Mapping[str, Any]) -> dict[str, Any]:
    declared = {
        "fields": {"api_key": "${CANARY_FIELD}"},
        "ping_path": "/ping",
        "heartbeat": "250ms",
        "long_turn": {"message": "a long one", "fields": {"inner": "in ${CANARY_FIELD}"}},
    }
    return {
        "backend": {"url": url, "origins": ["http://localhost:3001"]},
        "auth": dict(auth),
        "profiles": {"ai-chat": declared},
    }


def checked(farm: Farm, base: Path, write_into: Callable[..., Path]) -> dict[str, Seen]:
    """One check for each way, all side by side."""
    running: dict[str, tuple[Command, Hostile, Way]] = {}
    with ExitStack() as stack:
        for name, way in WAYS.items():
            hostile = Hostile((*way.secrets, FIELD), way.header)
            (base / name).mkdir()
            folder = write_into(base / name, table(farm.start(hostile.app), way.auth))
            arguments = ("check", *(ALL if name == "jwt" else MOST), "--json", "-v", "--fuzz", "3", "--color", "never")
            github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "step.md")}
            command = Command(*arguments, cwd=folder, env={**VARIABLES, **way.variables, **github})
            running[name] = (stack.enter_context(command), hostile, way)
        return {
            name: Seen(command.finish(), (*way.secrets, FIELD, *hostile.heard))
            for name, (command, hostile, way) in running.items()
        }


def spellings(secret: str) -> set[str]:
    """Every text that tells a secret; of base64 the part that does not depend on what stands beside it."""
    found = {secret, secret.encode().decode("latin-1"), html.escape(secret), html.escape(secret, quote=False)}
    found |= {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for shift in range(3):
        for coder in (base64.b64encode, base64.urlsafe_b64encode):
            coded = coder(bytes(shift) + secret.encode()).decode()
            found.add(coded[-(-8 * shift // 6) : 8 * (shift + len(secret.encode())) // 6])
    return found


def texts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Every output with its name, what recordings hold decoded, too."""
    yield "stdout", outcome.out
    yield "stderr", outcome.err
    for path in sorted(outcome.folder.rglob("*")):
        if path.is_file() and path.name != "chatproof.toml":
            yield str(path.relative_to(outcome.folder)), path.read_text("utf-8", errors="replace")
    recordings = load_folder(outcome.folder / "chatproof-report" / "check").recordings["ai-chat"]
    for recording in recordings.values():
        for exchange in recording.exchanges:
            yield f"body of {exchange.key}", exchange.body.decode("utf-8", "replace")
            yield f"stream of {exchange.key}", repr([getattr(frame, "data", "") for frame in exchange.stream.frames])
            yield f"request of {exchange.key}", repr(exchange.request)


def test_no_secret_is_in_any_output(farm: Farm, tmp_path: Path, write_into: Callable[..., Path]) -> None:
    for name, seen in checked(farm, tmp_path, write_into).items():
        outputs = dict(texts(seen.outcome))

        was_told(name, seen)
        leaks = {
            (name, where, spelling)
            for secret in seen.secrets
            for spelling in spellings(secret)
            for where, text in outputs.items()
            if spelling in text
        }

        assert sorted(leaks) == []
        files = {f"chatproof-report/check/{file}" for file in ("run.json", "report.html", "junit.xml", "summary.md")}
        assert files | {"chatproof-report/check/recordings/declared.json", "step.md"} <= set(outputs)
        assert sum(where.endswith(".har") for where in outputs) > 10


def was_told(name: str, seen: Seen) -> None:
    """The backend gave the secrets away; otherwise none would be found because there were none."""
    assert seen.outcome.code == 1
    assert len(seen.secrets) > len(WAYS[name].secrets)
    assert seen.outcome.entry("SSE-TYPE-01")["verdict"] == "met"
    recordings = load_folder(seen.outcome.folder / "chatproof-report" / "check").recordings["ai-chat"]
    turn = recordings["turn"].exchanges[0]
    assert turn.findings["secrets_seen"]
    assert b"<secret:" in turn.body
