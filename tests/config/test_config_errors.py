from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.config import PROFILES
from support.config_errors import SECRET, error_of

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = "[profiles.ai-chat]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[backend]\nmax_rpss = 3\n",
            "backend.max_rpss: found an unknown key; expected a key of [backend]; did you mean `max_rps`?",
        ),
        ("[backendd]\n", "backendd: found an unknown key; expected a key of the top level; did you mean `backend`?"),
        ("[backend]\nzzzzzzz = 3\n", "backend.zzzzzzz: found an unknown key; expected a key of [backend]\n"),
        (
            "[profiles.ai-caht]\n",
            "profiles.ai-caht: found an unknown key; expected a key of [profiles]; did you mean `ai-chat`?",
        ),
        (PROFILE + 'long_turn = { mesage = "x", message = "y" }\n', "long_turn.mesage: found an unknown key"),
        (
            "[env.live.backend]\nulr = 1\n",
            "env.live.backend.ulr: found an unknown key; expected a key of [backend]; did you mean `url`?",
        ),
        ('[backend]\nmax_rps = "fast"\n', 'backend.max_rps: found "fast"; expected a number of at least 0'),
        ("[backend]\nmax_rps = true\n", "backend.max_rps: found true; expected a number of at least 0"),
        ("[backend]\nmax_rps = -1\n", "backend.max_rps: found -1; expected a number of at least 0"),
        ("[backend]\nmax_rps = nan\n", "backend.max_rps: found nan; expected a number of at least 0"),
        ("[backend]\nmax_rps = inf\n", "backend.max_rps: found inf; expected a number of at least 0"),
        ("[backend]\nmax_concurrency = 0\n", "backend.max_concurrency: found 0; expected a whole number of at least 1"),
        (
            "[backend]\nmax_concurrency = 1.5\n",
            "backend.max_concurrency: found 1.5; expected a whole number of at least 1",
        ),
        ("[backend]\nmax_concurrency = true\n", "backend.max_concurrency: found true"),
        ('[backend]\nintrusive = "yes"\n', 'backend.intrusive: found "yes"; expected true or false'),
        (
            '[auth]\nscheme = "bearer"\ntoken = "Bearer abcdefgh"\n',
            "auth.token: found a text that begins with `Bearer `; expected the token alone\n",
        ),
        (
            '[auth]\nscheme = "bearer"\ntoken = "$CHATPROOF_TOKEN"\n',
            'found `$CHATPROOF_TOKEN`; expected the variable between braces\nhint: token = "${CHATPROOF_TOKEN}"',
        ),
        (
            '[auth]\nscheme = "header"\nname = "X-Key"\ntoken = "abcdefgh\\n"\n',
            "auth.token: found a text with the control character U+000A at position 8; expected a text that an HTTP",
        ),
        ('[auth]\nscheme = "bearer"\ntoken = " abcdefgh"\n', "found a text with a space at its start or end"),
        ('[auth]\nscheme = "cookie"\nname = "a;b"\ntoken = "x"\n', 'found "a;b"; expected the name of a cookie\n'),
        ('[auth]\nscheme = "header"\nname = "Host"\ntoken = "x"\n', 'auth.name: found "Host"; expected the name of a'),
        (PROFILE + 'message = ""\n', "profiles.ai-chat.message: found nothing; expected text\n"),
        (PROFILE + 'resume_path = "/x/{id}"\n', 'found "/x/{id}"; expected no placeholder but `{session}`\n'),
        ("[backend]\nurl = 3\n", "backend.url: found 3; expected a URL"),
        ("[backend]\ncommand = [1]\n", "backend.command: found a list; expected text"),
        ('[backend]\norigins = "http://a"\n', 'backend.origins: found "http://a"; expected a list of origins'),
        ("[backend]\norigins = [1]\n", "backend.origins: found a list; expected a list of origins"),
        (
            '[backend]\norigins = ["http://a/"]\n',
            'backend.origins: found the entry "http://a/"; expected a list of origins',
        ),
        ('[backend]\norigins = ["http://A"]\n', 'backend.origins: found the entry "http://A"'),
        (
            '[backend]\nenvironment = "prodution"\n',
            'found "prodution"; expected one of production, staging, development; did you mean `production`?',
        ),
        ("[backend]\ncors = 1\n", "backend.cors: found 1; expected one of list, any, none"),
        (
            PROFILE + 'heartbeat = "10 parsecs"\n',
            'profiles.ai-chat.heartbeat: found "10 parsecs"; expected a duration such as',
        ),
        (PROFILE + 'heartbeat = "-1s"\n', 'profiles.ai-chat.heartbeat: found "-1s"; expected a duration'),
        (PROFILE + "heartbeat = 0\n", "profiles.ai-chat.heartbeat: found 0; expected a duration"),
        (PROFILE + "heartbeat = false\n", "profiles.ai-chat.heartbeat: found false; expected a duration"),
        ('[backend]\nurl = "localhost:3000"\n', 'backend.url: found "localhost:3000"; expected a URL such as'),
        ('[backend]\nurl = "ftp://h"\n', 'backend.url: found "ftp://h"; expected a URL such as'),
        ('[backend]\nurl = "http://"\n', 'backend.url: found "http://"; expected a URL such as'),
        ('[backend]\nurl = "http://a b"\n', "backend.url: found"),
        ('[backend]\nurl = "http://h:99999"\n', "backend.url: found no valid URL"),
        ('[backend]\nurl = "http://[::1"\n', "backend.url: found no valid URL"),
        (f'[backend]\nurl = "http://me:{SECRET}@h"\n', "backend.url: found a URL with a user name"),
        (f'[backend]\nurl = "http://h?token={SECRET}"\n', "backend.url: found a URL with a query or fragment"),
        (
            '[backend]\nurl = "http://h/api/chat"\n',
            'hint: the path of the chat route is a key of the profile: path = "/api/chat"',
        ),
        ('[backend]\nurl = "ftp://${CANARY}"\n', 'backend.url: found "ftp://${CANARY}" (its value is not shown)'),
        (
            PROFILE + 'path = "api"\n',
            'profiles.ai-chat.path: found "api"; expected a path that starts with `/`, without a query',
        ),
        (PROFILE + 'path = "/api?x=1"\n', 'profiles.ai-chat.path: found "/api?x=1"'),
        (PROFILE + 'session_pattern = "("\n', 'session_pattern: found "("; expected a regular expression (missing )'),
        (
            PROFILE + 'session_example = "x"\n',
            "session_example: found `x`; expected a text that session_pattern matches",
        ),
        (PROFILE + "extra_events = 3\n", "extra_events: found 3; expected a list of texts"),
        (PROFILE + 'long_turn = "story"\n', 'long_turn: found "story"; expected a table'),
        (PROFILE + "long_turn = {}\n", "long_turn.message: found nothing; expected text"),
        (PROFILE + "idle_turn = {}\n", "idle_turn.message: found nothing; expected text"),
        (PROFILE + "rate_limit = {}\n", "rate_limit.burst: found nothing; expected a whole number of at least 1"),
        (
            PROFILE + "rate_limit = { burst = 0 }\n",
            "rate_limit.burst: found 0; expected a whole number of at least 1\n",
        ),
        (PROFILE + "fields = 3\n", "fields: found 3; expected a table"),
        (PROFILE + "fields = { day = 2027-01-01 }\n", "fields: found a date, a time or a number that is not finite"),
        (PROFILE + "fields = { list = [nan] }\n", "fields: found a date, a time or a number that is not finite"),
        (
            '[backend]\nca_file = "none.pem"\n',
            'backend.ca_file: found "none.pem"; expected the path of a file that exists',
        ),
        ('[backend]\nca_file = ""\n', 'backend.ca_file: found ""; expected the path of a file'),
        (
            '[auth]\nscheme = "jwt"\nalgorithm = "ES256"\nkey_file = "no.pem"\n',
            'auth.key_file: found "no.pem"; expected the path',
        ),
        (
            '[auth]\nscheme = "jwt"\n',
            "auth.secret: found nothing; expected a key, since auth.scheme is jwt and auth.algorithm HS256",
        ),
        ('[auth]\nscheme = "jwt"\nalgorithm = "RS256"\n', "auth.key_file: found nothing; expected a key"),
        (
            '[auth]\nscheme = "jwt"\nsecret = "${CANARY}"\nalgorithm = "RS256"\n',
            "hint: secret goes with algorithm = HS256; or add key_file",
        ),
        (
            '[auth]\nscheme = "jwt"\nkey_file = "chatproof.toml"\n',
            "hint: key_file goes with algorithm = RS256 or ES256; or add secret",
        ),
        (
            '[auth]\nscheme = "jwt"\nkey_file = "chatproof.toml"\nsecret = "x"\n',
            "auth.key_file: found a second key; expected either `secret` or `key_file`",
        ),
        ('[auth]\nscheme = "bearer"\n', "auth.token: found nothing; expected text, since auth.scheme is bearer"),
        (
            '[auth]\nscheme = "cookie"\ntoken = "${CANARY}"\n',
            "auth.name: found nothing; expected text, since auth.scheme is cookie",
        ),
        (
            '[auth]\nscheme = "header"\nname = "X"\n',
            "auth.token: found nothing; expected text, since auth.scheme is header",
        ),
        ('[auth]\nscheme = "command"\n', "auth.command: found nothing; expected text, since auth.scheme is command"),
        ('[auth]\nsecret = "${CANARY}"\n', "auth.scheme: found nothing beside `secret`; expected one of jwt"),
        ('[auth]\nscheme = "bearer"\ntoken = 12345678\n', "auth.token: found a number; expected text"),
        ('[auth]\nscheme = "bearer"\ntoken = 2027-01-01\n', "auth.token: found a date or time; expected text"),
        (
            '[auth]\nscheme = "jwt"\nsecret = "${NOPE}"\n',
            "auth.secret: found `${NOPE}`, which is not set; expected the environment variable NOPE",
        ),
        (PROFILE + 'fields = { a = { b = ["${NOPE}"] } }\n', "fields.a.b: found `${NOPE}`, which is not set"),
        (
            PROFILE + 'message = "${not a name}"\n',
            "message: found `${not a name}`; expected the name of an environment variable",
        ),
        ("backend = 3\n", "backend: found 3; expected a table"),
        ("auth = []\n", "auth: found a list; expected a table"),
        ("profiles = 3\n", "profiles: found 3; expected a table"),
        ("[profiles]\nai-chat = 3\n", "profiles.ai-chat: found 3; expected a table"),
        ("targets = 3\n", "targets: found no table; expected a table"),
        (
            '[targets]\n"ttft.p95" = "350ms"\n',
            'targets.ttft.p95: found no comparison in "ttft.p95 350ms" (character 10); expected <, <=, > or >=',
        ),
        ('[targets]\n"ttft.p95" = 350\n', "targets.ttft.p95: found no text; expected a comparison and a number"),
        ("env = 3\n", "env: found 3; expected a table"),
        ("[env]\nlive = 3\n", "env.live: found 3; expected a table"),
        ("waivers = 3\n", "waivers: found 3; expected a list of tables"),
        ("waivers = [3]\n", "waivers[0]: found 3; expected a table"),
        (
            '[[waivers]]\nrequirement = "A"\nreason = "r"\nowner = "o"\nexpires = "soon"\n',
            'chatproof.toml:1: waivers[0].expires: found "soon"; expected a date such as 2027-03-01',
        ),
        (
            '[[waivers]]\nrequirement = "A"\nreason = "r"\nowner = "o"\nexpires = 2027-03-01T00:00:00Z\n',
            "waivers[0].expires: found 2027-03-01 00:00:00+00:00; expected a date",
        ),
        (
            '[[waivers]]\nrequirement = "A"\nreason = "r"\nowner = "o"\nexpires = 2027-03-01\nprofile = "ai-caht"\n',
            f'waivers[0].profile: found "ai-caht"; expected one of {", ".join(PROFILES)}; did you mean `ai-chat`?',
        ),
        ("[backend\n", "chatproof.toml:1: found expected ']' at the end of a table declaration"),
        ("[backend]\nurl = localhost\n", "chatproof.toml:2: found invalid value"),
        ("[a]\n[a]\n", "chatproof.toml:2: found"),
    ],
)
def test_each_mistake_has_its_message(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in error_of(tmp_path, text) + "\n"


def test_an_authority_without_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN nothing")
    message = error_of(tmp_path, '[backend]\nca_file = "ca.pem"\n')
    assert f"backend.ca_file: found {tmp_path / 'ca.pem'}: no certificate in it; expected certificates" in message
