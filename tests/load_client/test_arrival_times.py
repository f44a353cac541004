"""When things happened, by the kernel's stamps or the clock, and how late we were ourselves."""

from __future__ import annotations

import select
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from chatproof.load.client.addresses import Address
from chatproof.load.client.deadlines import SLOT_NS, Deadlines
from chatproof.load.client.dialing import dial, progress
from chatproof.load.client.lags import STEP_NS, Lags
from chatproof.load.client.stamps import ArrivalClock
from support.raw_server import STREAM, Peer, chunk, each_request, turn

from .heard import QUICK, Heard, post, reply

if TYPE_CHECKING:
    from .conftest import Connect, Serve


linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when bytes arrive")


@linux_alone
def test_the_kernels_stamps_lie_between_writing_and_reading(serve: Serve, connect: Connect) -> None:
    written: list[tuple[int, int]] = []
    read: list[int] = []

    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM)
        for number in range(20):
            before = time.monotonic_ns()
            peer.send(chunk(b"data: %d\n\n" % number))
            written.append((before, time.monotonic_ns()))
            peer.socket.recv(1)
        peer.send(b"0\r\n\r\n")

    def seen() -> None:
        read.append(time.monotonic_ns())
        reply(client)

    client = connect(serve(handler).url)
    assert client.kernel
    heard = Heard(then=seen)

    found = client.exchange(post(), QUICK, heard)

    assert found.kernel
    slack = 20_000  # the offset between the clocks is known to some 0.1 us; ten of them are no lateness
    for (before, _after), at_ns, read_ns in zip(written, heard.times, read, strict=True):
        assert before - slack <= at_ns <= read_ns
    assert found.lag_max_ns >= 0
    assert sum(client.lags["lag.read"].values()) == found.reads


@linux_alone
def test_the_kernels_stamp_is_of_when_the_bytes_came_not_of_when_we_had_time(serve: Serve, connect: Connect) -> None:
    def handler(peer: Peer) -> None:
        peer.request()
        peer.send(STREAM, chunk(b"data: 1\n\n"))
        peer.socket.recv(1)
        peer.send(chunk(b"data: 2\n\n"), b"0\r\n\r\n")

    came: list[int] = []

    def hold_the_hub_up() -> None:
        if not came:
            reply(client)
            connection = next(iter(client._active))._connection
            assert connection is not None
            assert select.select([connection.descriptor], [], [], 5)[0]
            came.append(time.monotonic_ns())
            while time.monotonic_ns() < came[0] + 10 * STEP_NS:
                pass

    client = connect(serve(handler).url)
    assert client.kernel
    heard = Heard(then=hold_the_hub_up)

    found = client.exchange(post(), QUICK, heard)

    assert (len(heard.frames), found.kernel) == (2, True)
    assert heard.times[1] <= came[0] + STEP_NS  # the two clocks are compared to about a microsecond
    assert found.lag_max_ns >= 10 * STEP_NS
    assert max(client.lags["lag.read"]) == found.lag_max_ns // STEP_NS


def test_moments_are_in_order(serve: Serve, connect: Connect) -> None:
    heard = Heard()
    before = time.monotonic_ns()

    found = connect(serve(each_request(turn)).url).exchange(post(), QUICK, heard)

    assert found.connected_ns is not None
    assert found.sent_ns is not None
    assert found.headers_ns == heard.head_ns
    moments = [before, found.start_ns, found.connected_ns, found.sent_ns, heard.head_ns, *heard.times, found.end_ns]
    assert moments == sorted(moments)
    assert found.silence_max_ns <= found.end_ns - found.sent_ns
    assert found.silence_max_ns >= (found.end_ns - found.sent_ns) // (found.reads + 1)


def test_without_stamps_the_clock_after_the_read_is_taken(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatproof.load.client.stamps._proved", lambda _clock: False)
    client = connect(serve(each_request(turn)).url)
    heard = Heard()

    found = client.exchange(post(), QUICK, heard)

    assert (client.kernel, found.kernel, found.cause, found.lag_max_ns) == (False, False, "", 0)
    assert client.lags["lag.read"] == {}
    assert heard.times[-1] <= time.monotonic_ns()


def test_the_offset_follows_the_clocks() -> None:
    clock = ArrivalClock()
    try:
        clock.offset_ns = 0
        clock.mend()
        before = time.monotonic_ns()
        mapped = time.time_ns() + clock.offset_ns
        assert before - 100_000 < mapped < time.monotonic_ns() + 100_000
    finally:
        clock.close()


def test_each_request_counts_once_for_its_sending(serve: Serve, connect: Connect) -> None:
    client = connect(serve(each_request(turn)).url)
    kept = post(connection="a")

    for request in (kept, kept, post()):
        client.exchange(request, QUICK, Heard())

    assert sum(client.lags["lag.send"].values()) == 3
    assert client.lags == {"lag.read": {}, "lag.send": {}}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the round trip")
def test_what_we_noticed_late_is_not_the_networks_time_to_connect() -> None:
    hour_ns = 3600 * 10**9
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = dial(Address(socket.AF_INET, listener.getsockname()))
        try:
            assert select.select([], [connection.fileno()], [], 5)[1]
            taken_ns = progress(connection, hour_ns)
        finally:
            connection.close()

    assert taken_ns is not None
    assert 0 < taken_ns < hour_ns


def test_lags_are_counted_in_steps() -> None:
    lags = Lags()
    for late_ns in (-5, 0, STEP_NS - 1, STEP_NS, 10 * STEP_NS + 7):
        lags.sent(late_ns)

    assert lags.take()["lag.send"] == {0: 3, 1: 1, 10: 1}


class Waiter:
    def __init__(self, deadlines: Deadlines, *, until: int) -> None:
        self.slot = 0
        self.until = until
        self.looked_at: list[int] = []
        self._deadlines = deadlines

    def overdue(self, now_ns: int) -> None:
        self.looked_at.append(now_ns)
        if now_ns < self.until:
            self._deadlines.put(self, self.until)


def test_deadlines_are_never_early_and_at_most_a_slot_late() -> None:
    deadlines = Deadlines()
    waiter = Waiter(deadlines, until=0)
    deadlines.put(waiter, 5 * SLOT_NS + 1)

    deadlines.sweep(5 * SLOT_NS)
    assert waiter.looked_at == []
    deadlines.sweep(6 * SLOT_NS)
    assert waiter.looked_at == [6 * SLOT_NS]
    assert len(deadlines) == 0


def test_a_deadline_that_has_moved_is_waited_for_again() -> None:
    deadlines = Deadlines()
    waiter = Waiter(deadlines, until=9 * SLOT_NS)
    deadlines.put(waiter, SLOT_NS)

    for slot in range(20):
        deadlines.sweep(slot * SLOT_NS)

    assert waiter.looked_at == [2 * SLOT_NS, 10 * SLOT_NS]


def test_who_is_forgotten_is_not_looked_at() -> None:
    deadlines = Deadlines()
    waiter = Waiter(deadlines, until=0)
    deadlines.put(waiter, SLOT_NS)
    deadlines.put(waiter, 3 * SLOT_NS)
    deadlines.forget(waiter)

    deadlines.sweep(50 * SLOT_NS)

    assert (waiter.looked_at, len(deadlines)) == ([], 0)


def test_one_that_raises_keeps_no_other_waiting() -> None:
    class Broken(Waiter):
        def overdue(self, now_ns: int) -> None:
            super().overdue(now_ns)
            raise LookupError

    deadlines = Deadlines()
    waiters = [Broken(deadlines, until=0), Waiter(deadlines, until=0), Broken(deadlines, until=0)]
    for waiter in waiters:
        deadlines.put(waiter, SLOT_NS)
    for _ in range(2):
        with pytest.raises(LookupError):
            deadlines.sweep(5 * SLOT_NS)
    deadlines.sweep(6 * SLOT_NS)

    assert [len(waiter.looked_at) for waiter in waiters] == [1, 1, 1]
