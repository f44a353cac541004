"""What a page's script asks for: which headers need permission. Cases after WPT `fetch/api/cors/`."""

from __future__ import annotations

import pytest

from chatproof.cors import CorsRequest, cors_request, is_safelisted, preflighted_request, unsafe_header_names
from chatproof.recording import Request

PAGE = "http://localhost:3001"


SAFELIST_CASES = [
    # WPT fetch/api/cors/cors-preflight-not-cors-safelisted.any.js and cors-safelisted-request-header.any.js
    ("Accept", "text/event-stream", True),
    ("accept", "*/*", True),
    ("accept", '"', False),
    ("accept", "a\x01", False),
    ("accept", "a\tb", True),
    ("accept", "a:b", False),
    ("accept", "a\x7f", False),
    ("accept", "a" * 128, True),
    ("accept", "a" * 129, False),
    ("accept-language", "en-GB,en;q=0.9, *", True),
    ("accept-language", "en_GB", False),
    ("accept-language", "\x01", False),
    ("content-language", "@", False),
    ("content-language", "de", True),
    ("content-type", "text/plain", True),
    ("content-type", "Text/Plain;charset=utf-8", True),
    ("content-type", " text/plain ", True),
    ("content-type", "multipart/form-data", True),
    ("content-type", "application/x-www-form-urlencoded", True),
    ("content-type", "application/json", False),
    ("content-type", "text/event-stream", False),
    ("content-type", "", False),
    ("content-type", 'text/plain;charset="utf-8"', False),
    ("content-type", "text/plain; long=" + "0" * 128, False),
    ("range", "bytes=100-200", True),
    ("range", "bytes=200-", True),
    ("range", "bytes=200-100", False),
    ("range", "bytes=-500", False),
    ("range", "bytes=0-1,3-4", False),
    ("authorization", "Bearer x", False),
    ("last-event-id", "7", False),
    ("cache-control", "no-cache", False),
    ("x-test", "1", False),
]


@pytest.mark.parametrize(("name", "value", "safe"), SAFELIST_CASES)
def test_safelisted_request_header(name: str, value: str, safe: bool) -> None:
    assert is_safelisted(name, value) is safe


def test_unsafe_names_are_lower_case_sorted_and_unique() -> None:
    headers = [
        ("X-B", "1"),
        ("Accept", "a"),
        ("Authorization", "x"),
        ("x-b", "2"),
        ("Content-Type", "application/json"),
    ]
    assert unsafe_header_names(headers) == ("authorization", "content-type", "x-b")


def test_safe_headers_become_unsafe_beyond_1024_bytes_together() -> None:
    eight = [("Accept", "a" * 128)] * 8
    assert unsafe_header_names(eight) == ()
    assert unsafe_header_names([*eight, ("Accept-Language", "a")]) == ("accept", "accept-language")


def test_actual_request_leaves_out_what_the_browser_writes() -> None:
    request = Request(
        method="POST",
        url="http://127.0.0.1/x",
        headers=(
            ("Host", "127.0.0.1"),
            ("Content-Type", "application/json"),
            ("Accept", "text/event-stream"),
            ("Accept-Encoding", "identity"),
            ("Authorization", "Bearer x"),
            ("Origin", PAGE),
            ("Cookie", "a=b"),
            ("User-Agent", "x"),
            ("Sec-Fetch-Mode", "cors"),
        ),
    )
    assert cors_request(request, credentials=True) == CorsRequest(
        origin=PAGE, method="POST", unsafe_names=("authorization", "content-type"), credentials=True
    )


def test_preflighted_request_reads_what_was_asked() -> None:
    preflight = Request(
        method="OPTIONS",
        url="http://127.0.0.1/x",
        headers=(
            ("Origin", PAGE),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "Content-Type, Authorization,"),
        ),
    )
    assert preflighted_request(preflight) == CorsRequest(
        origin=PAGE, method="POST", unsafe_names=("authorization", "content-type")
    )
    bare = Request(method="OPTIONS", url="http://127.0.0.1/x")
    assert preflighted_request(bare) == CorsRequest(origin="", method="")
    assert cors_request(bare).origin == ""
