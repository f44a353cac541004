"""What a judge raises: a requirement is broken, cannot be observed, or is not claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.recording import Exchange

__all__ = ["Failure", "NotClaimed", "NotTestable", "expect"]


class Failure(AssertionError):
    """
    A requirement is not met.

    `found` is what the backend did, `expected` what the requirement asks for; `at` is the
    exchange that shows it (its request becomes the curl line), `offset` the byte of its body.
    """

    def __init__(self, *, found: str, expected: str, at: Exchange | None = None, offset: int | None = None) -> None:
        super().__init__(f"found {found}; expected {expected}")
        self.found = found
        self.expected = expected
        self.at = at
        self.offset = offset


class NotTestable(Exception):
    """The means were declared, but what the requirement speaks of could not be observed."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"Not testable: {missing}")
        self.missing = missing


class NotClaimed(Exception):
    """The backend does not claim this; `declare` is the line of configuration that would claim it."""

    def __init__(self, reason: str, *, declare: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.declare = declare


def expect(
    condition: object, *, found: object, expected: str, at: Exchange | None = None, offset: int | None = None
) -> None:
    """Raises `Failure` unless the condition holds; a `found` that is not text is shown with `repr`."""
    if not condition:
        text = found if isinstance(found, str) else repr(found)
        raise Failure(found=text, expected=expected, at=at, offset=offset)
