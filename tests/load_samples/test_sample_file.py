from __future__ import annotations

import errno
import gzip
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatproof.samples import End, Mark, Sample
from chatproof.samples.codec import RecordError, encode
from chatproof.samples.file import SampleFileError, SampleWriter, read_records

RECORDS = [Sample(workload="w", operation="turn", number=number, detail="é" * 9) for number in range(500)]
LINES = [encode(record) for record in RECORDS]


def written(path: Path, lines: list[str] = LINES) -> Path:
    writer = SampleWriter(path)
    writer.write(lines)
    writer.close()
    writer.close()
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl.gz")

    found = read_records(path)

    assert list(found) == RECORDS
    assert not found.truncated
    assert found.detail == ""
    assert gzip.decompress(path.read_bytes()).decode().splitlines() == LINES


def test_nothing_written_is_an_empty_file(tmp_path: Path) -> None:
    found = read_records(written(tmp_path / "samples.jsonl.gz", []))

    assert list(found) == []
    assert not found.truncated


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_file_is_read_up_to_the_cut(tmp_path: Path, share: float) -> None:
    path = written(tmp_path / "samples.jsonl.gz")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    found = read_records(path)
    kept = list(found)

    assert kept == RECORDS[: len(kept)]
    assert found.truncated
    assert "ends early" in found.detail


def test_a_damaged_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl.gz", LINES * 40)
    data = bytearray(path.read_bytes())
    data[-8:-4] = b"\0\0\0\0"  # the checksum
    path.write_bytes(data)

    found = read_records(path)
    kept = list(found)

    assert 10_000 < len(kept) < 20_000  # the last piece cannot be trusted
    assert kept == (RECORDS * 40)[: len(kept)]
    assert found.truncated
    assert "damaged" in found.detail


def test_files_put_together_are_one_file(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one.gz"), written(tmp_path / "two.gz", [encode(End(process="a"))])
    both = tmp_path / "both.gz"
    both.write_bytes(one.read_bytes() + two.read_bytes())

    assert list(read_records(both)) == [*RECORDS, End(process="a")]


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl.gz", [*LINES[:2], "{}", *LINES])
    found = read_records(path)

    assert [next(found), next(found)] == RECORDS[:2]
    with pytest.raises(RecordError, match=r"line 3: .* names no kind"):
        next(found)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SampleFileError, match="gone") as caught:
        list(read_records(tmp_path / "gone.gz"))
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(SampleFileError):
        SampleWriter(tmp_path / "no folder" / "samples.gz")


class FullDisk(io.RawIOBase):
    def __init__(self, room: int) -> None:
        self.room = room
        self.kept = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data[: self.room - len(self.kept)])
        if not taken and len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        self.kept += taken
        return len(taken)


def _fill(writer: SampleWriter) -> None:
    for _ in range(100):
        writer.write([os.urandom(500).hex()])
        writer.flush()


def test_a_full_disk_is_told_once_and_the_caller_goes_on(tmp_path: Path) -> None:
    writer = SampleWriter(tmp_path / "samples.jsonl.gz")
    disk = FullDisk(1000)
    writer._file.close()
    writer._file = disk  # type: ignore[assignment]  # all that the writer needs of a file
    writer.write(LINES[:3])
    writer.flush()

    with pytest.raises(SampleFileError, match="No space left") as caught:
        _fill(writer)

    assert caught.value.errno == errno.ENOSPC
    assert isinstance(caught.value, OSError)
    assert writer.failed
    writer.write(LINES)
    writer.flush()
    writer.close()
    (tmp_path / "kept.gz").write_bytes(disk.kept)
    kept = read_records(tmp_path / "kept.gz")
    assert [next(kept) for _ in range(3)] == RECORDS[:3]


_CHILD = """
import sys, pathlib
from chatproof.samples import Mark
from chatproof.samples.codec import encode
from chatproof.samples.file import SampleWriter
writer = SampleWriter(pathlib.Path(sys.argv[1]))
writer.write(encode(Mark(what="note", at_ns=number)) for number in range(5000))
writer.flush()
writer.write([encode(Mark(what="never flushed"))])
print("flushed", flush=True)
sys.stdin.read()
"""


def test_what_was_flushed_is_readable_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl.gz"
    with subprocess.Popen(
        [sys.executable, "-Ic", _CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"flushed\n"
        child.send_signal(signal.SIGKILL)
        child.wait(10)

    found = read_records(path)

    assert list(found)[:5000] == [Mark(what="note", at_ns=number) for number in range(5000)]
    assert found.truncated
