"""`${NAME}` in the text of a configuration: replaced by an environment variable; `$${` stands for `${`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UnsetVariableError", "escape", "expand"]

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnsetVariableError(LookupError):
    """A variable that is not set, or a name that none can have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    @property
    def possible(self) -> bool:
        """A variable could have this name."""
        return _NAME.fullmatch(self.name) is not None


def expand(text: str, variables: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with its references replaced, and the values that were put in; raises `UnsetVariableError`."""
    values: list[str] = []

    def value_of(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "${"
        if name not in variables:
            raise UnsetVariableError(name)
        values.append(variables[name])
        return variables[name]

    return _REFERENCE.sub(value_of, text), values


def escape(text: str) -> str:
    """Text that expands to this text."""
    return text.replace("${", "$${")
