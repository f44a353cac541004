"""Lines for a shell, run by a shell: what arrives is what was recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from chatproof.curl import curl_line
from chatproof.recording import Request
from support.raw_server import OK, each_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.raw_server import Server

URL = "http://127.0.0.1:3000/api/v1/chat"
JSON = ("Content-Type", "application/json")


def line(body: bytes = b"", *headers: tuple[str, str], method: str = "POST", url: str = URL) -> str:
    return curl_line(Request(method=method, url=url, headers=headers, body=body))


def test_a_turn() -> None:
    headers = (("Host", "127.0.0.1:3000"), JSON, ("Accept-Encoding", "identity"), ("Content-Length", "11"))
    assert line(b'{"a":"it\'s"}', *headers) == (
        "curl -N -X POST -H 'Content-Type: application/json' -H 'Accept-Encoding: identity' "
        """--data-raw '{"a":"it'"'"'s"}' http://127.0.0.1:3000/api/v1/chat"""
    )


def test_a_credential_is_a_variable() -> None:
    token = ("Authorization", "Bearer <secret:3 len=43>")
    assert line(b"", token, method="GET") == f"""curl -N -H 'Authorization: Bearer '"$CHATPROOF_TOKEN" {URL}"""


def test_several_secrets_are_variables_by_number() -> None:
    url = URL + "?k=<secret:5 len=7>&x=1"
    found = line(b"", ("X", "<secret:3 len=43>"), method="GET", url=url)
    assert found == f"""curl -N -H 'X: '"$CHATPROOF_SECRET_3" '{URL}?k='"$CHATPROOF_SECRET_5"'&x=1'"""


def test_other_methods_and_another_host() -> None:
    assert line(method="HEAD") == f"curl -N -I {URL}"
    assert line(b"", ("Host", "other"), method="OPTIONS") == f"curl -N -X OPTIONS -H 'Host: other' {URL}"
    assert line(b"x", JSON, method="GET").startswith("curl -N -X GET ")


def test_an_empty_header_and_an_empty_body() -> None:
    found = line(b"", ("X-Empty", ""), ("content-length", "0"))
    assert found == f"curl -N -X POST -H 'X-Empty;' -H Content-Type: --data-raw '' {URL}"


def test_a_long_body_that_no_line_can_hold() -> None:
    body = bytes(range(1, 250)) * 20
    found = line(body, JSON)
    assert found.endswith(
        f"--data-binary @body.bin {URL}  # body.bin: the {len(body)} bytes of the recorded request's body"
    )
    secret = b'{"k":"<secret:1 len=9>","m":"' + b"a" * 5000 + b'"}'
    assert "@body.bin" in line(secret, JSON)


def test_a_url_with_odd_bytes() -> None:
    assert line(method="GET", url="http://h/\u00e9\\'") == "curl -N $'http://h/\\xc3\\xa9\\\\\\''"


BODIES = [
    b'{"message":"Hello, it\'s me"}',
    b"@not-a-file",
    b"line\r\nline\n\ttab\\ \x7f",
    '{"message":"h\u00e9 \U0001f600"}'.encode(),
    b"\xff\xfe broken",
    b"a\x00b",
    b'{"message":"' + b"a" * 4001 + b'"}',
    b"a" * 200_000,
    b"",
]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_shell_sends_what_was_recorded(serve: Callable[..., Server], body: bytes) -> None:
    server = serve(each_request(lambda peer, _request: peer.send(OK + b"Content-Length: 0\r\n\r\n")))
    headers = (
        ("Accept-Encoding", "identity"),
        ("X-Key", "<secret:1 len=9>"),
        ("X-Empty", ""),
        ("Content-Length", str(len(body))),
    )
    text = curl_line(
        Request(method="POST", url=server.url + "/chat?a=b c".replace(" ", "%20"), headers=headers, body=body)
    )
    environment = {**os.environ, "CHATPROOF_TOKEN": 'it\'s "me" $HOME'}
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, timeout=30, check=False)  # noqa: S607 - the shell that users have
    assert done.returncode == 0, done.stderr
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /chat?a=b%20c HTTP/1.1"
    assert {b"Accept-Encoding: identity", b'X-Key: it\'s "me" $HOME', b"X-Empty:"} <= set(lines)
    assert not any(line.lower().startswith(b"content-type") for line in lines)
    assert sent == body


def test_two_megabytes_of_one_letter_are_one_line() -> None:
    body = b'{"message":"' + b"a" * 2_000_000 + b'"}'
    request = Request(method="POST", url="http://h/", headers=(("Content-Type", "application/json"),), body=body)
    assert "b'a' * 2000000 + b'\"}'" in curl_line(request).replace("'\"'\"'", "'")
