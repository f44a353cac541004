from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatproof.fixtures.server import Farm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running
