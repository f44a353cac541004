from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.load_plan import Plan
from chatproof.samples import Delivery, End, Health, Mark, Pool, Reading, Resumption, Sample, Start
from chatproof.samples.codec import RecordError, decode, decode_all, encode

TIMES = st.none() | st.integers(min_value=-(2**60), max_value=2**60)
TEXTS = st.text(max_size=30)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXTS,
    "int": st.integers(),
    "bool": st.booleans(),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "int | None": TIMES,
    "float | None": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "tuple[str, ...]": st.lists(TEXTS, max_size=3).map(tuple),
    "Mapping[str, int]": st.dictionaries(TEXTS, st.integers(), max_size=3),
    "Mapping[str, Any]": st.dictionaries(TEXTS, st.lists(st.integers() | TEXTS, max_size=2), max_size=3),
}
KINDS = (Sample, Delivery, Resumption, Pool, Health, Reading, Mark, Start, End)


@st.composite
def records(draw: st.DrawFn) -> Any:
    kind: Any = draw(st.sampled_from(KINDS))
    return kind(**{entry.name: draw(VALUES[str(entry.type)]) for entry in fields(kind)})


@given(records())
def test_every_record_comes_back(record: Any) -> None:
    line = encode(record)

    assert "\n" not in line
    assert line.isascii()
    assert decode(line) == record
    assert decode_all([line, line]) == [record, record]


def test_fields_equal_to_their_default_are_left_out() -> None:
    sample = Sample(workload="soak", operation="turn", tags=("memory",), end_ns=7, kernel=False)

    assert json.loads(encode(sample)) == {
        "kind": "sample",
        "workload": "soak",
        "operation": "turn",
        "tags": ["memory"],
        "end_ns": 7,
    }


def test_a_plan_goes_with_the_start() -> None:
    plan = json.loads(json.dumps(Plan(users=7).to_json()))

    started = decode(encode(Start(process="local", plan=plan)))

    assert isinstance(started, Start)
    assert Plan.from_json(started.plan).users == 7


def test_the_order_of_the_fields_and_what_is_left_out_do_not_matter() -> None:
    sample = Sample(workload="soak", operation="turn", tags=("memory",), cost_usd=0.5, end_ns=7, kernel=True)
    written = json.loads(encode(sample))

    assert decode(json.dumps(dict(reversed(written.items())))) == sample
    assert decode(json.dumps(written | {"end_ns": 8, "cause": ""})) == replace(sample, end_ns=8)


def test_records_have_no_default_in_common() -> None:
    first, second = decode_all([encode(Start(process="a"))] * 2)

    assert isinstance(first, Start)
    assert isinstance(second, Start)
    assert first.plan == second.plan == {}
    assert first.plan is not second.plan


def test_a_cost_that_json_cannot_say_is_an_error() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Sample(workload="w", operation="turn", cost_usd=float("inf")))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "no record"),
        ("[]", "no JSON object"),
        ("7", "no JSON object"),
        ("{}", "names no kind"),
        ('{"kind":"event"}', "names no kind"),
        ('{"kind":["sample"]}', "names no kind"),
        ('{"kind":"sample","workload":"w"}', "operation"),
        ('{"kind":"sample","workload":"w","operation":"turn","colour":1}', "has no 'colour'"),
        ('{"kind":"sample","workload":"w","operation":"turn","start_ns":"1"}', "start_ns may not be '1'"),
        ('{"kind":"sample","workload":"w","operation":"turn","start_ns":true}', "start_ns may not be True"),
        ('{"kind":"sample","workload":"w","operation":"turn","tags":[1]}', "tags may not be"),
        ('{"kind":"sample","workload":"w","operation":"turn","cost_usd":NaN}', "NaN is no number"),
        ('{"kind":"pool","metric":"gap","counts":[]}', "counts may not be"),
        ('{"kind":"end"', "delimiter"),
        ("[" * 100_000, "no record"),
        ('{"kind":"end","process":"' + "x" * 500, "..."),
    ],
)
def test_a_line_that_is_no_record_says_why(line: str, words: str) -> None:
    with pytest.raises(RecordError) as caught:
        decode(line)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_first_bad_line_of_many_is_named() -> None:
    good = encode(End(process="a"))

    with pytest.raises(RecordError, match="names no kind"):
        decode_all([good, "{}", good])
    with pytest.raises(RecordError, match="no record"):
        decode_all([good, f"{good},{good}"])  # two in one line are no record, though they fit into a list
