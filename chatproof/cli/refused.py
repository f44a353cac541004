"""What is refused before anything is started or sent is a usage error of the command."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from chatproof.load_run.safety import LoadRefusedError
from chatproof.targets import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["refused_as_usage"]

_TARGETS_HINT = "hint: `chatproof list targets` shows how they are written"


@contextmanager
def refused_as_usage(
    context: click.Context, *, also: tuple[type[Exception], ...] = (), hint: str = ""
) -> Iterator[None]:
    """
    Turns a load that is refused, and an entry that says no target, into click.UsageError.

    `also` are further errors whose messages end in a hint of their own; `hint` is a line added to these and to what a
    refused load says.
    """
    refused: tuple[type[Exception], ...] = (LoadRefusedError, *also)
    try:
        yield
    except refused as error:
        raise click.UsageError("\n".join([str(error), *([hint] if hint else [])]), context) from None
    except TargetError as error:
        raise click.UsageError(f"{error}\n{_TARGETS_HINT}", context) from None
