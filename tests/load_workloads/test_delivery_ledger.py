"""Who was owed which message: hand-made publications and arrivals in, deliveries out."""

from __future__ import annotations

import pytest

from chatproof.load.ledger import Ledger, Nonce, Publication, nonce_in, nonce_text
from chatproof.samples.records import Delivery

SECOND = 1_000_000_000
DEADLINE = 5 * SECOND
LATE = 100 * SECOND


def nonce(number: int, sent_ns: int, *, run: str = "r1", publisher: int = 0) -> Nonce:
    return Nonce(run=run, publisher=publisher, number=number, sent_ns=sent_ns)


def told(ledger: Ledger, number: int, at_ns: int, *, failed: bool = False) -> None:
    acknowledged = None if failed else at_ns + 7
    ledger.publications.tell(
        Publication(publisher=0, number=number, published_ns=at_ns, acknowledged_ns=acknowledged, failed=failed)
    )


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(run="r1", deadline_ns=DEADLINE, warm_up_ns=SECOND)


def by_message(found: list[Delivery]) -> dict[str, Delivery]:
    assert len({entry.message for entry in found}) == len(found)
    return {entry.message: entry for entry in found}


def test_message_that_came_is_delivered_with_its_times(ledger: Ledger) -> None:
    subscription = ledger.subscribe(3)
    subscription.open(0)
    subscription.arrived(nonce(1, 2 * SECOND), 2 * SECOND + 40)
    told(ledger, 1, 2 * SECOND + 1)
    assert subscription.settled(LATE) == [
        Delivery(
            message="0-1",
            subscriber=3,
            published_ns=2 * SECOND + 1,
            acknowledged_ns=2 * SECOND + 8,
            received_ns=2 * SECOND + 40,
            deadline_ns=7 * SECOND + 1,
        )
    ]
    assert subscription.settled(LATE) == []
    assert subscription.closed(LATE, by_us=True) == []


def test_message_that_nobody_got_is_missing_for_each_subscriber(ledger: Ledger) -> None:
    subscriptions = [ledger.subscribe(number) for number in (1, 2)]
    for subscription in subscriptions:
        subscription.open(0)
    told(ledger, 1, SECOND)
    found = [entry for subscription in subscriptions for entry in subscription.settled(LATE)]
    assert [(entry.subscriber, entry.received_ns) for entry in found] == [(1, None), (2, None)]


def test_message_is_missing_for_the_one_that_was_skipped(ledger: Ledger) -> None:
    lucky, skipped = ledger.subscribe(1), ledger.subscribe(2)
    lucky.open(0)
    skipped.open(0)
    for number in (1, 2, 3):
        told(ledger, number, number * SECOND)
        lucky.arrived(nonce(number, number * SECOND), number * SECOND + 5)
        if number != 2:
            skipped.arrived(nonce(number, number * SECOND), number * SECOND + 5)
    assert all(entry.received_ns for entry in lucky.settled(LATE))
    found = by_message(skipped.settled(LATE))
    assert [name for name, entry in found.items() if entry.received_ns is None] == ["0-2"]
    assert not any(entry.reordered for entry in found.values())


def test_message_that_one_saw_is_owed_to_all_even_without_the_publishers_word(ledger: Ledger) -> None:
    lucky, skipped = ledger.subscribe(1), ledger.subscribe(2)
    lucky.open(0)
    skipped.open(0)
    lucky.arrived(nonce(1, SECOND), SECOND + 5)
    (found,) = skipped.settled(LATE)
    assert (found.received_ns, found.acknowledged_ns) == (None, None)


def test_doubles_are_counted_and_the_first_arrival_stands(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, SECOND)
    for at_ns in (SECOND + 5, SECOND + 6, SECOND + 9):
        subscription.arrived(nonce(1, SECOND), at_ns)
    (found,) = subscription.settled(LATE)
    assert (found.doubles, found.received_ns, found.reordered) == (2, SECOND + 5, False)


def test_message_after_a_later_one_of_its_publisher_is_reordered(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    for number in (1, 2, 3):
        told(ledger, number, number * SECOND)
    subscription.arrived(nonce(7, 2 * SECOND, publisher=1), 3 * SECOND)
    for number in (1, 3, 2):
        subscription.arrived(nonce(number, number * SECOND), 4 * SECOND)
    found = by_message(subscription.settled(LATE))
    assert [name for name, entry in found.items() if entry.reordered] == ["0-2"]


def test_arrival_after_the_deadline_is_missing(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, SECOND)
    told(ledger, 2, SECOND)
    subscription.arrived(nonce(1, SECOND), SECOND + DEADLINE)
    subscription.arrived(nonce(2, SECOND), SECOND + DEADLINE + 1)
    found = by_message(subscription.settled(LATE))
    assert (found["0-1"].received_ns, found["0-2"].received_ns) == (SECOND + DEADLINE, None)


@pytest.mark.parametrize("opened_ns", [3 * SECOND + 1, None])
def test_message_before_the_subscription_was_open_is_not_owed(ledger: Ledger, opened_ns: int | None) -> None:
    subscription = ledger.subscribe(1)
    told(ledger, 1, 3 * SECOND)
    if opened_ns is not None:
        subscription.open(opened_ns)
    subscription.arrived(nonce(1, 3 * SECOND), 3 * SECOND + 9)
    assert subscription.settled(LATE) == []


def test_message_before_the_subscriber_came_is_not_owed(ledger: Ledger) -> None:
    told(ledger, 1, 3 * SECOND)
    subscription = ledger.subscribe(1)
    subscription.open(4 * SECOND)
    assert subscription.closed(LATE, by_us=False) == []


def test_subscription_without_a_frame_is_open_a_second_after_its_head(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.connected(2 * SECOND)
    told(ledger, 1, 3 * SECOND - 1)
    told(ledger, 2, 3 * SECOND)
    assert [entry.message for entry in subscription.settled(LATE)] == ["0-2"]


def test_first_frame_opens_a_subscription_earlier(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.connected(2 * SECOND)
    subscription.open(2 * SECOND + 5)
    subscription.open(9 * SECOND)
    told(ledger, 1, 2 * SECOND + 6)
    assert [entry.message for entry in subscription.settled(LATE)] == ["0-1"]


def test_message_whose_request_failed_is_owed_to_nobody(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, SECOND, failed=True)
    assert subscription.settled(LATE) == []


def test_messages_of_another_run_are_not_counted(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    subscription.arrived(nonce(1, SECOND, run="r0"), SECOND + 5)
    assert subscription.closed(LATE, by_us=False) == []


def test_nothing_is_decided_before_the_deadline_and_a_word_could_have_come(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, SECOND)
    assert subscription.settled(SECOND + DEADLINE) == []
    assert len(subscription.settled(SECOND + DEADLINE + SECOND)) == 1


def test_end_by_us_leaves_out_what_could_still_have_come(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, 2 * SECOND)
    told(ledger, 2, 8 * SECOND)
    told(ledger, 3, 8 * SECOND)
    subscription.arrived(nonce(3, 8 * SECOND), 8 * SECOND + 5)
    assert [entry.message for entry in subscription.closed(10 * SECOND, by_us=True)] == ["0-1"]


def test_end_by_the_backend_loses_what_it_owed(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, 8 * SECOND)
    told(ledger, 2, 11 * SECOND)
    (found,) = subscription.closed(10 * SECOND, by_us=False)
    assert (found.message, found.received_ns) == ("0-1", None)


def test_warm_up_goes_by_the_time_of_publishing(ledger: Ledger) -> None:
    subscription = ledger.subscribe(1)
    subscription.open(0)
    told(ledger, 1, SECOND - 1)
    told(ledger, 2, SECOND)
    assert [entry.warm_up for entry in subscription.settled(LATE)] == [True, False]


def test_mark_is_found_wherever_it_stands() -> None:
    mark = Nonce(run="18a2f", publisher=2, number=41, sent_ns=123456789)
    text = nonce_text(mark).encode()
    assert nonce_in(b'{"content":"so: ' + text + b'!"}') == mark
    assert nonce_in(b'{"content":"Observation 1"}') is None
    assert nonce_in(text.removesuffix(b"-end")) is None


def test_message_whose_request_failed_is_owed_where_somebody_got_it(ledger: Ledger) -> None:
    lucky, other = (ledger.subscribe(number) for number in (1, 2))
    for subscription in (lucky, other):
        subscription.open(0)
    lucky.arrived(nonce(1, SECOND), SECOND + 9 * SECOND)
    told(ledger, 1, SECOND, failed=True)

    (late,) = lucky.settled(LATE)
    (missing,) = other.settled(LATE)

    assert (late.received_ns, missing.received_ns) == (None, None)
