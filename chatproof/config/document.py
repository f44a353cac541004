"""
Writes docs/config.md and the JSON Schema from the dataclasses of the keys.

`python -m chatproof.config.document`, in the root of the project.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from chatproof.config.box_keys import OwnBox
from chatproof.config.keys import Auth, Backend, Suite, Waiver
from chatproof.config.load_keys import Load, Observe
from chatproof.config.profile_keys import PROFILES
from chatproof.config.schema import schema
from chatproof.config.shared_keys import Counter, RateLimit, Route, Turn, Upstream
from chatproof.config.tables import as_toml, keys_of
from chatproof.config.values import KeyType

__all__ = ["EXAMPLE", "SCHEMA_FILE", "main", "markdown", "schema_text"]

SCHEMA_FILE = Path(__file__).with_name("chatproof.schema.json")

EXAMPLE = """\
[backend]
url = "http://localhost:3000"
environment = "staging"
origins = ["http://localhost:3001"]
max_rps = 20

[auth]
scheme = "jwt"
secret = "${CHAT_JWT_SECRET}"
claims = { sub = "test-user-id", aud = "authenticated" }
second_user = { sub = "other-user-id" }

[profiles.ai-chat]
path = "/api/v1/chat"
heartbeat = "10s"
long_turn = { message = "Tell me a long story" }

[load]
users = 200
run_time = "2m"
allow_hosts = ["chat.staging.example.com"]

[observe]
pid = 4711

[targets]
"ttft.p95" = "< 350ms"

[[waivers]]
requirement = "SSE-BUF-01"
reason = "the edge proxy strips X-Accel-Buffering"
owner = "platform"
expires = 2027-03-01

[[boxes]]
text = "The on-call rota knows of the release"

[env.production.backend]
url = "https://chat.example.com"
environment = "production"
"""

_INTRODUCTION = f"""\
# chatproof.toml

This page is made from the keys themselves by `python -m chatproof.config.document`, and so is the JSON Schema
that the package holds for editors, `chatproof/config/chatproof.schema.json`.

```toml
{EXAMPLE}```

**Where it is read from.** `--config FILE`, else the variable `CHATPROOF_CONFIG`, else `chatproof.toml` in the working
directory, else `[tool.chatproof]` in `pyproject.toml` there; both of the last two are an error. Relative paths
start from the folder of the file. A file is not needed: a URL and a token are enough.

**What wins.** Arguments of the command line before variables before the file. The variables are `CHATPROOF_URL`,
`CHATPROOF_TOKEN`, `CHATPROOF_CONFIG` and `CHATPROOF_REPORT_DIR`. `CHATPROOF_TOKEN` without a `scheme` under `[auth]`
makes the scheme `bearer`; with `bearer`, `cookie` or `header` it takes the place of `token`.

**Environments.** `--env NAME` lays the table `[env.NAME]` over the rest, table by table: `[env.production.backend]`
replaces keys of `[backend]`. A list, `[[waivers]]` and `[[boxes]]` too, is replaced as a whole.

**Variables in texts.** `${{NAME}}` in any text is replaced by the environment variable; one that is not set is an
error. `$${{` stands for `${{`. Secrets belong there, not into the file.

**Durations** are texts such as `"10s"`, `"250ms"`, `"5m"`, or numbers of seconds.

A key that is not listed here is an error that names the closest one. All errors of a file are reported at once.
"""

_OUTRO = """\
## `[targets]`

Performance limits of load runs by the name of what is measured: a comparison, a number and a unit. An entry takes the
place of the document's number of the same name, or adds a target; `"off"` leaves one out. `chatproof list targets` and
`chatproof list metrics` show what there is, [load.md](load.md) how they are judged.

```toml
[targets]
"ttft.p95" = "< 350ms"
"ttft[memory].p95" = "< 500ms"
"error_rate" = "< 0.5%"
"heartbeat.gap.max" = "off"
```
"""


def markdown() -> str:
    """The text of docs/config.md."""
    sections = [
        _INTRODUCTION,
        _section(Backend, "[backend]"),
        _section(Auth, "[auth]"),
        *(_section(kind, f"[profiles.{name}]") for name, kind in PROFILES.items()),
        _section(Turn, "A turn: `long_turn`, `idle_turn`", verbatim=True),
        _section(RateLimit, "`rate_limit`", verbatim=True),
        _section(Route, "A route: `publish`, `poll`, `open_conversation`, `open_dm`, `send`", verbatim=True),
        _section(Upstream, "`upstream`", verbatim=True),
        _section(Counter, "`open_sockets`", verbatim=True),
        _section(Suite, "[suite]"),
        _section(Load, "[load]"),
        _section(Observe, "[observe]"),
        _OUTRO,
        _section(Waiver, "[[waivers]]"),
        _section(OwnBox, "[[boxes]]"),
    ]
    return "\n".join(sections)


def schema_text() -> str:
    """The text of the JSON Schema."""
    return json.dumps(schema(), indent=2) + "\n"


def main() -> int:
    """Writes both files; the page below the working directory, which must be the project's root."""
    page = Path("docs/config.md")
    if not page.parent.is_dir():
        sys.stderr.write("no folder docs/ here\nhint: run this in the root of the project\n")
        return 2
    page.write_text(markdown(), encoding="utf-8")
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    return 0


def _section(kind: type[Any], title: str, *, verbatim: bool = False) -> str:
    """A heading, the table's sentence, and a row for each key."""
    hints = get_type_hints(kind)
    doc = (kind.__doc__ or "").strip().split("\n", 1)[0].partition(": ")
    sentence = doc[2][:1].upper() + doc[2][1:] if doc[0].startswith("`[") else "".join(doc)
    rows = [_row(name, hints[name], entry) for name, entry in keys_of(kind).items()]
    heading = title if verbatim else f"`{title}`"
    head = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {heading}", "", sentence, "", *head, *rows, ""])


def _row(name: str, annotation: Any, entry: dataclasses.Field[Any]) -> str:
    metadata = entry.metadata
    to = KeyType(annotation=annotation, kind=metadata["kind"], minimum=metadata["minimum"])
    example = f" Example: `{_cell(as_toml(metadata['example']))}`" if metadata["example"] else ""
    cells = (f"`{name}`", _takes(to), _default(entry, to), _cell(metadata["doc"]) + example)
    return f"| {' | '.join(cells)} |"


def _takes(to: KeyType) -> str:
    bare = to.bare
    if get_origin(bare) is Literal:
        return ", ".join(f"`{option}`" for option in get_args(bare))
    if get_origin(bare) is tuple:
        return {"origin": "list of origins", "url": "list of URLs", "path-part": "list of paths"}.get(
            to.kind, "list of texts"
        )
    if get_origin(bare) is Mapping or dataclasses.is_dataclass(bare):
        return "table"
    words = {"str": "text", "bool": "`true` or `false`", "int": "whole number", "float": "number", "Path": "file"}
    kinds = {
        "duration": "duration",
        "url": "URL",
        "endpoint": "URL",
        "later-path": "file",
        "path-part": "path",
        "target": "path",
        "address": "host and port",
        "secret": "secret",
        "regex": "regular expression",
    }
    return kinds.get(to.kind) or words.get(bare.__name__, bare.__name__)


def _default(entry: dataclasses.Field[Any], to: KeyType) -> str:
    value = entry.default
    if value in (dataclasses.MISSING, None, "", ()):
        return ""
    if to.kind == "duration":
        return f'`"{value:g}s"`'
    text = json.dumps(list(value) if isinstance(value, tuple) else value)
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    raise SystemExit(main())
