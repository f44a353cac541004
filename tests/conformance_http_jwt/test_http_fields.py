from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chatproof.conformance.http.fields import Challenge, cache_directives, challenges, http_date


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        ([""], []),
        (["Bearer"], [Challenge("bearer")]),
        (["bearer realm=chat"], [Challenge("bearer", {"realm": "chat"})]),
        (
            ['Bearer realm="a, b", Error = "invalid_token" , error_description="say \\"hi\\""'],
            [Challenge("bearer", {"realm": "a, b", "error": "invalid_token", "error_description": 'say "hi"'})],
        ),
        (
            ['Basic realm="x", Bearer error="invalid_token"'],
            [Challenge("basic", {"realm": "x"}), Challenge("bearer", {"error": "invalid_token"})],
        ),
        (["Basic", "Bearer"], [Challenge("basic"), Challenge("bearer")]),
        (["Negotiate abc123==, Bearer"], [Challenge("negotiate"), Challenge("bearer")]),
        (['realm="x"'], []),
        (["?? !!"], []),
    ],
)
def test_challenges(lines: list[str], expected: list[Challenge]) -> None:
    assert challenges(lines) == expected


def test_cache_directives_of_all_lines() -> None:
    assert cache_directives(['No-Cache="set-cookie, x", max-age=0', " no-store,, S-MaxAge = 5", "no-store=1"]) == {
        "no-cache": "set-cookie, x",
        "max-age": "0",
        "no-store": None,
        "s-maxage": "5",
    }


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_a_date(text: str) -> None:
    assert http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 CET", "60"])
def test_what_is_no_date(text: str) -> None:
    assert http_date(text) is None
