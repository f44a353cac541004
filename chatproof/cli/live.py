"""One line in a terminal that says how far something is: a bar, the time that is over, the time that is left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Show", "clock", "live_line"]

_MINUTE = 60
_BAR_COLUMNS = 16
_REFRESHES_A_SECOND = 4


class Show(Protocol):
    """What a live line is told."""

    def __call__(self, share: float, text: str, *, left_seconds: float | None = None) -> None:
        """The share that is done (0 to 1), what is going on, and the seconds that are left, where they are known."""


@contextmanager
def live_line(*, colour: bool) -> Iterator[Show]:
    """
    Shows a line on stderr until the block ends, when it is gone; what is said meanwhile stands above it.

    Only for a terminal that a person watches (`chatproof.cli.streams.is_terminal`).
    """
    # Rich takes a tenth of a second to import: only who watches pays for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415

    what = TextColumn(
        "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
    )
    progress = Progress(
        BarColumn(bar_width=_BAR_COLUMNS),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False, table_column=Column(no_wrap=True)),
        what,
        console=Console(file=sys.stderr, force_terminal=True, no_color=not colour, highlight=False),
        refresh_per_second=_REFRESHES_A_SECOND,
        transient=True,
        expand=True,
    )
    with progress:
        task = progress.add_task("", total=1.0, left="")

        def show(share: float, text: str, *, left_seconds: float | None = None) -> None:
            left = "" if left_seconds is None else f"{clock(left_seconds)} left"
            progress.update(task, completed=min(max(share, 0.0), 1.0), description=text, left=left)

        yield show


def clock(seconds: float) -> str:
    """`0:07`, `20:30`, `1:02:03`."""
    minutes, rest = divmod(max(0, round(seconds)), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
