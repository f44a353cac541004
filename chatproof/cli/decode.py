"""`chatproof decode [FILE]`: what a captured event stream holds."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from chatproof.cli.lazy import HELP
from chatproof.exit_code import ExitCode
from chatproof.sse import Comment, Decoder, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

    from chatproof.sse import Frame, Violation

__all__ = ["command"]

_BLOCK_BYTES: Final = 64 * 1024
_HINT: Final = "`curl -sN URL > FILE` captures a stream; `-` reads it from standard input"


@click.command("decode", short_help="Show what a captured event stream holds.", context_settings=HELP)
@click.argument("file", required=False, metavar="[FILE|-]")
@click.option("--json", "as_json", is_flag=True, help="One JSON document: events, comments, retry, violations.")
@click.pass_context
def command(context: click.Context, file: str | None, as_json: bool) -> None:
    """
    Shows the events and comments of an event stream as a browser reads it, and every breach of the format.

    The exit code is 1 where there is one.
    """
    if file in {None, "-"} and (sys.stdin is None or (file is None and sys.stdin.isatty())):
        raise click.UsageError(f"there is no stream to decode\nhint: {_HINT}", context)
    decoder = Decoder()
    frames = _frames(decoder, file or "-", context)
    if as_json:
        click.echo(_document(decoder, frames))
    else:
        _list(decoder, frames)
    if decoder.violations and decoder.violations[0].found.startswith("HTTP/"):
        click.echo("hint: the capture begins with a response head; `curl -sN` without `-i` leaves it out", err=True)
    context.exit(ExitCode.NOT_MET if decoder.violations else ExitCode.MET)


def _frames(decoder: Decoder, file: str, context: click.Context) -> Iterator[list[Frame]]:
    """The frames of each block of the file, as it is read; ends the stream after the last one."""
    try:
        with ExitStack() as stack:
            stream = (
                cast("BufferedReader", sys.stdin.buffer) if file == "-" else stack.enter_context(Path(file).open("rb"))
            )
            # A pipe gives what it has: a live stream is shown as it comes.
            while data := stream.read1(_BLOCK_BYTES):
                yield decoder.feed(data, 0)
    except OSError as error:
        name = "standard input" if file == "-" else repr(file)
        msg = f"cannot read {name}: {error.strerror or error}\nhint: {_HINT}"
        raise click.UsageError(msg, context) from error
    decoder.close()


def _document(decoder: Decoder, blocks: Iterable[list[Frame]]) -> str:
    events: list[dict[str, str]] = []
    comments: list[str] = []
    for frames in blocks:
        events += [{"type": it.type, "data": it.data, "id": it.id} for it in frames if isinstance(it, Event)]
        comments += [it.text for it in frames if isinstance(it, Comment)]
    violations = [{"rule": it.rule, "offset": it.offset, "found": it.found} for it in decoder.violations]
    return json.dumps({"events": events, "comments": comments, "retry": decoder.retry, "violations": violations})


def _list(decoder: Decoder, blocks: Iterable[list[Frame]]) -> None:
    """Prints the frames as they come, then the violations, then one line that sums up."""
    counts = {"event": 0, "comment": 0, "silent block": 0}
    for frames in blocks:
        for frame in frames:
            counts[_kind(frame)] += 1
        if frames:
            click.echo("\n".join(map(_line, frames)).encode())
    for violation in decoder.violations:
        click.echo(_violation(violation).encode())
    parts = [_number(count, kind) for kind, count in counts.items()]
    parts += [_number(len(decoder.violations), "violation"), _number(decoder.size, "byte")]
    parts += [" and ".join(sorted(decoder.line_endings))] if decoder.line_endings else []
    parts += ["byte order mark"] if decoder.bom else []
    parts += [f"retry {decoder.retry} ms"] if decoder.retry is not None else []
    parts += [f"last event id {_printable(decoder.last_event_id)}"] if decoder.last_event_id else []
    click.echo(", ".join(parts).encode())


def _kind(frame: Frame) -> str:
    if isinstance(frame, Event):
        return "event"
    return "comment" if isinstance(frame, Comment) else "silent block"


def _line(frame: Frame) -> str:
    """One frame in one line: offset of its first byte, what it is, what it says."""
    if isinstance(frame, Event):
        said = f"event    {_printable(frame.type)}{f' (id {_printable(frame.id)})' if frame.id else ''}: {frame.data}"
    elif isinstance(frame, Comment):
        said = f"comment{' in a block' if frame.in_block else ''}: {frame.text}"
    else:
        said = f"silent   {f'event type {frame.type}, ' if frame.type else ''}no data"
    return f"{frame.offset:>8}  {_printable(said)}"


def _violation(violation: Violation) -> str:
    return f"{violation.offset:>8}  violation {violation.rule}: {_printable(violation.found)}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _printable(text: str) -> str:
    """The text in one line, with what a terminal would not show, or would act on, as an escape."""
    if text.isprintable():
        return text
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in text)
