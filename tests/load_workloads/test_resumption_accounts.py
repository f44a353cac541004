"""What a drop cost: hand-made arrivals before and after it in, a resumption out."""

from __future__ import annotations

import re

import pytest

from chatproof.config import AiChat
from chatproof.load.ledger import DropAccount, IdAccount, Ledger, Nonce, Publication, unused_session
from chatproof.samples.records import Resumption

SECOND = 1_000_000_000
DEADLINE = 5 * SECOND


class Cycle:
    """A subscriber that is dropped after message 2 at 2.5 s, and is back at 4.5 s, when 3 and 4 were published."""

    def __init__(self, *, published: int = 6) -> None:
        self.ledger = Ledger(run="r1", deadline_ns=DEADLINE)
        self.account = DropAccount(self.ledger, user=8, cause="left")
        for number in range(1, published + 1):
            at_ns = number * SECOND
            self.ledger.publications.tell(
                Publication(publisher=0, number=number, published_ns=at_ns, acknowledged_ns=at_ns + 1)
            )

    def arrive(self, *numbers: int, at_ns: int) -> None:
        for number in numbers:
            self.account.arrived(Nonce(run="r1", publisher=0, number=number, sent_ns=number * SECOND), at_ns)

    def drop(self) -> None:
        self.arrive(1, 2, at_ns=2 * SECOND)
        self.account.dropped(2_500_000_000)

    def back(self) -> None:
        self.drop()
        self.account.reconnected(4_500_000_000)

    def outcome(self, ended_ns: int = 20 * SECOND, *, by_us: bool = True) -> Resumption:
        found = self.account.outcome(ended_ns, by_us=by_us)
        assert found is not None
        return found


def counts(found: Resumption) -> tuple[int, int, int]:
    return found.missing, found.doubles, found.reordered


def test_all_that_was_missed_comes() -> None:
    cycle = Cycle()
    cycle.back()
    cycle.arrive(3, at_ns=4_600_000_000)
    cycle.arrive(4, at_ns=4_700_000_000)
    cycle.arrive(5, 6, at_ns=6 * SECOND)
    found = cycle.outcome()
    assert counts(found) == (0, 0, 0)
    assert (found.dropped_ns, found.reconnected_ns, found.caught_up_ns) == (2_500_000_000, 4_500_000_000, 4_700_000_000)
    assert (found.user, found.cause) == (8, "left")


def test_what_does_not_come_is_missing_and_nothing_is_caught_up() -> None:
    cycle = Cycle()
    cycle.back()
    cycle.arrive(4, 5, at_ns=5 * SECOND)
    found = cycle.outcome()
    assert counts(found) == (1, 0, 0)
    assert found.caught_up_ns is None


def test_what_had_come_before_or_comes_twice_is_a_double() -> None:
    cycle = Cycle()
    cycle.back()
    cycle.arrive(1, 2, 3, 4, 4, at_ns=5 * SECOND)
    assert counts(cycle.outcome()) == (0, 3, 0)


def test_what_comes_after_a_later_one_is_reordered() -> None:
    cycle = Cycle()
    cycle.back()
    cycle.arrive(4, 3, at_ns=5 * SECOND)
    assert counts(cycle.outcome()) == (0, 0, 1)


def test_message_in_flight_at_the_drop_is_owed() -> None:
    cycle = Cycle()
    cycle.arrive(1, at_ns=SECOND)
    cycle.account.dropped(2_500_000_000)
    cycle.account.reconnected(2_600_000_000)
    assert counts(cycle.outcome()) == (1, 0, 0)


def test_message_whose_request_failed_is_not_owed() -> None:
    cycle = Cycle(published=3)
    cycle.ledger.publications.tell(Publication(publisher=0, number=3, published_ns=3 * SECOND, failed=True))
    cycle.back()
    found = cycle.outcome()
    assert counts(found) == (0, 0, 0)
    assert found.caught_up_ns == found.reconnected_ns


def test_no_new_stream_loses_what_was_published_until_the_drop() -> None:
    cycle = Cycle()
    cycle.arrive(1, at_ns=SECOND)
    cycle.account.dropped(3_500_000_000)
    found = cycle.outcome(by_us=False)
    assert counts(found) == (2, 0, 0)
    assert found.reconnected_ns is None


def test_nothing_is_said_before_it_is_decided() -> None:
    cycle = Cycle()
    cycle.back()
    assert not cycle.account.decided(9 * SECOND)
    assert cycle.account.outcome(9 * SECOND, by_us=True) is None
    assert cycle.account.decided(9_500_000_000)
    assert counts(cycle.outcome(9_500_000_000)) == (2, 0, 0)


def test_without_a_drop_there_is_nothing_to_say() -> None:
    cycle = Cycle()
    cycle.arrive(1, 2, at_ns=2 * SECOND)
    assert cycle.account.outcome(20 * SECOND, by_us=True) is None


def chat(before: list[bytes], after: list[bytes], *, ended: bool = True) -> Resumption:
    account = IdAccount(user=3, cause="left")
    account.reconnected(5)
    for identifier in before:
        account.arrived(identifier)
    account.dropped(10)
    account.reconnected(20)
    for identifier in after:
        account.arrived(identifier)
    if ended:
        account.terminal(30)
    found = account.outcome(warm_up_ns=0)
    assert found is not None
    return found


def test_rest_of_a_turn_comes() -> None:
    found = chat([b"7-1", b"7-2"], [b"7-3", b"7-4"])
    assert counts(found) == (0, 0, 0)
    assert (found.dropped_ns, found.reconnected_ns, found.caught_up_ns) == (10, 20, 30)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([b"7-1", b"7-2"], [b"7-4", b"7-5"], (1, 0, 0)),
        ([b"7-1"], [b"7-3"], (1, 0, 0)),
        ([b"7-1", b"7-2"], [b"7-2", b"7-3"], (0, 1, 0)),
        ([b"7-1", b"7-2"], [b"7-3", b"7-3"], (0, 1, 0)),
        ([b"7-1", b"7-2"], [b"7-4", b"7-3"], (0, 0, 1)),
        ([b"a9f", b"c01"], [b"e77", b"a9f"], (0, 1, 0)),
        ([b"100", b"250"], [b"900"], (0, 0, 0)),
    ],
)
def test_ids_that_count_up_tell_what_is_missing(
    before: list[bytes], after: list[bytes], expected: tuple[int, int, int]
) -> None:
    assert counts(chat(before, after)) == expected


def test_turn_that_does_not_come_to_its_end_lacks_something() -> None:
    found = chat([b"7-1", b"7-2"], [b"7-3"], ended=False)
    assert counts(found) == (1, 0, 0)
    assert found.caught_up_ns is None


def test_turn_that_never_came_back() -> None:
    account = IdAccount(user=3, cause="left")
    account.arrived(b"7-1")
    account.dropped(10)
    found = account.outcome(warm_up_ns=11)
    assert found is not None
    assert (found.reconnected_ns, found.missing, found.warm_up) == (None, 1, True)


def test_session_ids_differ_and_match_their_pattern() -> None:
    settings = AiChat()
    found = {unused_session(settings) for _ in range(50)}
    assert len(found) == 50
    assert all(re.fullmatch(settings.session_pattern, one) for one in found)
    fixed = AiChat(session_pattern="only-this", session_example="only-this")
    assert unused_session(fixed) == "only-this"
