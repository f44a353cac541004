from __future__ import annotations

import pytest

from chatproof.conformance.words import counted


@pytest.mark.parametrize(("number", "expected"), [(0, "0 events"), (1, "1 event"), (2, "2 events")])
def test_a_noun_agrees_with_its_number(number: int, expected: str) -> None:
    assert counted(number, "event") == expected
