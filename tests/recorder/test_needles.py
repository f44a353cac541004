from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.needles import Needles

LETTERS = st.binary(max_size=60).map(lambda data: bytes(97 + byte % 3 for byte in data))
NEEDLES = st.lists(st.binary(min_size=1, max_size=8).map(lambda data: bytes(97 + byte % 3 for byte in data)))


@given(needles=NEEDLES, data=LETTERS)
def test_what_is_found_is_what_a_plain_search_finds(needles: list[bytes], data: bytes) -> None:
    known: Needles[int] = Needles()
    for number, needle in enumerate(needles):
        known.add([needle], number)

    expected = {needle: needles.index(needle) for needle in needles if needle in data}

    assert known.within(data) == expected
    assert list(known.within(data)) == sorted(expected, key=lambda needle: (-len(needle), needle))


@given(
    needles=st.lists(st.binary(min_size=6, max_size=9), min_size=100, max_size=150, unique=True), at=st.integers(0, 99)
)
def test_one_of_many_is_found_in_short_data(needles: list[bytes], at: int) -> None:
    known: Needles[str] = Needles()
    known.add(needles, "a secret")
    data = b"before " + needles[at] + b" after"

    assert needles[at] in known.within(data)
    assert known.within(data) == {needle: "a secret" for needle in needles if needle in data}


@pytest.mark.parametrize("before", [0, 65_536, 200_000])
@pytest.mark.parametrize("needle", [b"secret", b"aaaaab", b"aaaaaa"])
def test_one_of_many_is_found_in_large_data_of_few_bytes(needle: bytes, before: int) -> None:
    known: Needles[str] = Needles()
    known.add([needle, b"absent", b"another"], "a secret")
    data = b"a" * before + needle + b"a" * (200_000 - before)

    assert known.within(data) == {needle: "a secret"}


def test_the_first_meaning_stays() -> None:
    known: Needles[str] = Needles()
    known.add([b"abcdef", b"abc"], "first")
    known.add([b"abcdef"], "second")

    assert known.within(b"-abcdef-") == {b"abcdef": "first", b"abc": "first"}
    assert len(known) == 2


def test_nothing_is_found_in_nothing() -> None:
    known: Needles[str] = Needles()
    known.add([b"abcdef"], "first")

    assert known.within(b"") == known.within(b"abcde") == {}
