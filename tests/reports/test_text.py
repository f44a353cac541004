from __future__ import annotations

import pytest

from chatproof.reports import text as shown


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain \t text\nsecond", "plain \t text\nsecond"),
        ("\x00\x1b\x7f\x85", "␀␛␡\\x85"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("\u202eabc\u2066\u200b\ufeff", "\\u202eabc\\u2066\\u200b\\ufeff"),
        ("\ud800\uffff", "\\ud800\\uffff"),
        ("e\u0301 名 👩\u200d💻", "e\u0301 名 👩\u200d💻"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(raw: str, expected: str) -> None:
    assert shown.visible(raw) == expected


def test_one_line_has_no_line_ends() -> None:
    assert shown.one_line("a\nb\tc") == "a␊b␉c"


def test_cut_tells_the_length() -> None:
    assert shown.cut("abc", 3) == "abc"
    assert shown.cut("a" * 1234, 3) == "aaa... (1,234 characters)"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 ms"), (0.0214, "21 ms"), (0.9996, "1.00 s"), (1.254, "1.25 s"), (60, "1 min 0 s"), (125.4, "2 min 5 s")],
)
def test_durations_are_as_people_read_them(seconds: float, expected: str) -> None:
    assert shown.duration(seconds) == expected


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("", 0)])
def test_columns_of_a_terminal_are_counted(text: str, columns: int) -> None:
    assert shown.columns(text) == columns


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("abcdefghijklmnopqr", ["abcdefgh", "ijklmnop", "qr"]),
        ("ab abcdefghij", ["ab", "abcdefgh", "ij"]),
        ("名前名前名前", ["名前名前", "名前"]),
        ("a\n\nb", ["a", "", "b"]),
    ],
)
def test_wrapping_keeps_to_the_width_and_loses_nothing(text: str, lines: list[str]) -> None:
    assert shown.wrapped(text, 8) == lines


def test_fitted_line_ends_in_dots() -> None:
    assert shown.fitted("12345678", 8) == "12345678"
    assert shown.fitted("123456789", 8) == "12345..."


def test_surrogates_are_written_as_escapes() -> None:
    assert shown.encodable("a\udcff") == "a\\udcff"
