"""A user's own requirements as tests beside the suite's, without any of their files on pytest's path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatproof.requirement import requirement_of

if TYPE_CHECKING:
    from chatproof.own import Own

__all__ = ["OwnItems"]


class OwnItems:
    """
    Adds a test for each of the requirements; `always`, or where pytest was asked for the whole suite.

    pytest would import the files anew, with their folder's `conftest.py`: here the modules that are loaded are theirs.
    """

    def __init__(self, own: Own, *, always: bool) -> None:
        self._own = own
        self._always = always

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Puts them behind the suite's, before anybody selects."""
        if not self._always and "chatproof.conformance" not in config.args:
            return
        for module in self._own.modules:
            node: pytest.Module = pytest.Module.from_parent(session, path=Path(str(module.__file__)))
            node.obj = module
            items.extend(item for item in session.genitems(node) if requirement_of(getattr(item, "function", None)))
