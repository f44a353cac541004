"""`samples.jsonl.gz`: one record a line, readable up to the last flush whatever becomes of the writer."""

from __future__ import annotations

import contextlib
import time
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from chatproof.samples.codec import RecordError, decode, decode_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from chatproof.samples.records import Record

__all__ = ["Records", "SampleFileError", "SampleWriter", "read_records"]

_GZIP: Final = 31  # zlib's window bits for a gzip member
_LEVEL: Final = 3  # half the time of the default level, a tenth more bytes
_FLUSH_SECONDS: Final = 1.0
_FLUSH_BYTES: Final = 256 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 1024 * 1024
_MAX_LINE_BYTES: Final = 16 * 1024 * 1024


class SampleFileError(OSError):
    """The file of samples cannot be written or read: a full disk, a missing folder."""


class SampleWriter:
    """
    Writes lines to a gzip file. What was flushed is readable after a kill; it is flushed about once a second.

    The first failure (a full disk) raises `SampleFileError`; from then on nothing is written and nothing raised, so
    that the run goes on without a file. `failed` tells it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = False
        self._compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._pending = 0
        self._flushed_seconds = time.monotonic()
        try:
            self._file: BinaryIO = path.open("wb", buffering=0)
        except OSError as error:
            self.failed = True
            raise _trouble(path, error) from error

    def write(self, lines: Iterable[str]) -> None:
        """Appends lines, each without its line end."""
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        if self.failed or not data:
            return
        self._put(self._compressor.compress(data))
        self._pending += len(data)
        if self._pending >= _FLUSH_BYTES or time.monotonic() - self._flushed_seconds >= _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """From here on a reader sees all that was written so far."""
        if self.failed or not self._pending:
            return
        self._pending = 0
        self._flushed_seconds = time.monotonic()
        self._put(self._compressor.flush(zlib.Z_SYNC_FLUSH))

    def close(self) -> None:
        """Ends the file; a second time does nothing."""
        if self.failed or self._file.closed:
            return
        self._put(self._compressor.flush(zlib.Z_FINISH))
        try:
            self._file.close()
        except OSError as error:
            raise self._broken(error) from error

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError) -> SampleFileError:
        self.failed = True
        with contextlib.suppress(OSError):
            self._file.close()
        return _trouble(self.path, error)


class Records:
    """
    The records of a file, one after the other.

    Where the file ends early or is damaged it stops, and says so: `truncated`, and `detail` in words.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.truncated = False
        self.detail = ""
        self._records = self._read()

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return next(self._records)

    def _read(self) -> Iterator[Record]:
        rest = b""
        number = 0
        for piece in self._pieces():
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _MAX_LINE_BYTES:
                raise RecordError(f"{self.path}: line {number + len(whole) + 1} is too long for a record")
            yield from self._decoded(whole, number)
            number += len(whole)
        if rest and not self.truncated:
            yield from self._decoded([rest], number)

    def _decoded(self, lines: list[bytes], before: int) -> Iterator[Record]:
        texts = [line.decode("utf-8", "replace") for line in lines]
        try:
            yield from decode_all(texts)
        except RecordError:
            for number, text in enumerate(texts, before + 1):
                try:
                    yield decode(text)
                except RecordError as error:
                    raise RecordError(f"{self.path}: line {number}: {error}") from error

    def _pieces(self) -> Iterator[bytes]:
        """What the file holds, unpacked in pieces of a bounded size, to its end or to where it is damaged."""
        decompressor = zlib.decompressobj(_GZIP)
        try:
            with self.path.open("rb") as file:
                while data := file.read(_CHUNK_BYTES):
                    more = True
                    while more:
                        if decompressor.eof:
                            decompressor = zlib.decompressobj(_GZIP)
                        piece = decompressor.decompress(data, _PIECE_BYTES)
                        data = decompressor.unconsumed_tail or decompressor.unused_data
                        more = bool(data) or len(piece) == _PIECE_BYTES
                        yield piece
        except zlib.error:
            self._stopped("the file is damaged")
            return
        except OSError as error:
            raise _trouble(self.path, error) from error
        if not decompressor.eof:
            self._stopped("the file ends early: its writer was stopped, or it was cut")

    def _stopped(self, detail: str) -> None:
        self.truncated = True
        self.detail = detail


def read_records(path: Path) -> Records:
    """
    The records of a file that `SampleWriter` wrote, also of one that ends early.

    Raises `SampleFileError` where it cannot be read, `RecordError` for a line in it that is no record.
    """
    return Records(path)


def _trouble(path: Path, error: OSError) -> SampleFileError:
    return SampleFileError(error.errno, error.strerror or str(error), str(path))
