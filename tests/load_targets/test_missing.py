"""What is missing is enough, and the least that is."""

from __future__ import annotations

import re

import pytest

from chatproof.metrics.measured import Measured, Series, Share, Spread
from chatproof.targets import decide, parse_target

MS = 1_000_000


def more(found: str) -> int:
    match = re.fullmatch(r"([\d,]+) more \w+", found)
    assert match is not None, found
    return int(match[1].replace(",", ""))


def test_a_hundred_good_streams_lack_199() -> None:
    assert decide(parse_target("error_rate", "< 1%"), Share(hits=0, n=100)).missing == "199 more requests"
    assert decide(parse_target("survival_5m", "> 99%"), Share(hits=100, n=100)).missing == "199 more streams"
    assert decide(parse_target("uptime", "> 99%"), Spread(values=(1.0,) * 100)).missing == "199 more streams"
    assert decide(parse_target("ttft.p95", "< 1s"), Series(values=(1.0,) * 50)).missing == "9 more streams"
    assert decide(parse_target("poll.p95", "< 1s"), Series(values=(1.0,) * 58)).missing == "1 more poll"


def test_without_any_sample_the_floor_is_missing() -> None:
    assert decide(parse_target("error_rate", "< 1%"), Share(hits=0, n=0)).missing == "299 requests"
    assert decide(parse_target("ttft.p99", "< 1s"), Series(values=())).missing == "299 streams"
    assert decide(parse_target("ttft.p5", "> 1ms"), Series(values=())).missing == "59 streams"
    assert decide(parse_target("poll.p95", "< 1s"), Series(values=())).missing == "59 polls"


@pytest.mark.parametrize(("hits", "n"), [(1, 100), (1, 200), (2, 300), (3, 80), (6, 500)])
def test_so_many_more_with_the_same_outcome_decide_and_one_fewer_does_not(hits: int, n: int) -> None:
    target = parse_target("error_rate", "< 2%")
    before = decide(target, Share(hits=hits, n=n))
    assert before.verdict == "inconclusive"
    needed = n + more(before.missing)

    def with_same_share(size: int) -> Measured:
        scaled = hits * size / n
        return Share(hits=int(scaled) if hits / n > 0.02 else -int(-scaled // 1), n=size)

    assert decide(target, with_same_share(needed)).verdict != "inconclusive"
    assert decide(target, with_same_share(needed - 1)).verdict == "inconclusive"


@pytest.mark.parametrize(("over", "n"), [(2, 100), (4, 60), (8, 100)])
def test_so_many_more_values_decide_a_percentile(over: int, n: int) -> None:
    target = parse_target("ttft.p95", "< 350ms")

    def with_same_share(size: int) -> Series:
        above = -(-over * size // n) if over / n < 0.05 else over * size // n
        return Series(values=(100.0 * MS,) * (size - above) + (400.0 * MS,) * above)

    before = decide(target, with_same_share(n))
    assert before.verdict == "inconclusive"
    needed = n + more(before.missing)
    assert decide(target, with_same_share(needed)).verdict == ("met" if over / n < 0.05 else "not_met")
    assert decide(target, with_same_share(needed - 1)).verdict == "inconclusive"


def test_a_share_at_its_limit_is_decided_by_no_number() -> None:
    found = decide(parse_target("error_rate", "< 1%"), Share(hits=10, n=1000))

    assert "no number of observations" in found.missing


def test_where_the_generators_error_stands_between_more_streams_do_not_help() -> None:
    values = (348.5 * MS,) * 500
    found = decide(parse_target("ttft.p95", "< 350ms"), Series(values=values), error_seconds=0.002)

    assert found.missing == "a smaller error of the generator"


def test_large_numbers_are_found_in_a_moment_and_written_in_groups() -> None:
    found = decide(parse_target("error_rate", "< 1%"), Share(hits=90, n=10_000))

    assert more(found.missing) > 10_000
    assert "," in found.missing
