from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from chatproof.reports import json as json_report
from chatproof.run_json import RunJsonError, from_json, schema, to_json
from support.load_documents import load_run_document

if TYPE_CHECKING:
    from chatproof.run import Run


def shipped_schema() -> dict[str, Any]:
    path = files("chatproof").joinpath("run.schema.json")
    if os.environ.get("CHATPROOF_UPDATE_SNAPSHOTS"):
        Path(str(path)).write_text(json.dumps(schema(), indent=2) + "\n", "utf-8")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_shipped_schema_is_the_generated_one_and_valid() -> None:
    found = shipped_schema()

    assert found == schema()
    Draft202012Validator.check_schema(found)


def test_every_run_comes_back_and_fits_the_schema(any_run: Run) -> None:
    document = json.loads(json_report.render(any_run))

    Draft202012Validator(shipped_schema()).validate(document)
    assert from_json(document) == any_run
    assert to_json(any_run) == document
    assert document["counts"] == any_run.counts
    assert next(iter(document)) == "schema_version"


DAMAGE: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("schema_version",), 3, "schema_version: found 3, this version of chatproof reads 2"),
    (("schema_version",), True, "schema_version: found True"),
    (("schema_version",), None, "schema_version: found None"),
    (("command",), 7, "command: expected a string, found 7"),
    (("strict",), "no", "strict: expected a boolean, found 'no'"),
    (("exit_code",), 1.0, "exit_code: expected an integer, found 1.0"),
    (("exit_code",), True, "exit_code: expected an integer, found True"),
    (("duration_seconds",), float("nan"), "duration_seconds: expected a number, found nan"),
    (("duration_seconds",), True, "duration_seconds: expected a number, found True"),
    (("profiles",), "ai-chat", "profiles: expected a list, found 'ai-chat'"),
    (("backend",), [], "backend: expected an object, found a list"),
    (("plan",), [], "plan: expected an object, found a list"),
    (("gate",), {"a": {"b": {}}}, "gate.a.b: expected a string, found an object"),
    (("verdicts", 3, "verdict"), "green", "verdicts[3].verdict: found 'green', expected one of met, not_met"),
    (("verdicts", 3, "level"), "must", "verdicts[3].level: found 'must', expected one of MUST, SHOULD, MAY"),
    (("verdicts", 0, "offset"), "8", "verdicts[0].offset: expected an integer, found '8'"),
    (("verdicts", 0), None, "verdicts[0]: expected an object, found None"),
    (("verdicts", 0, "extra"), 1, "verdicts[0].extra is unknown to schema version 2"),
    (("waivers", 0, "state"), "gone", "waivers[0].state: found 'gone', expected one of used"),
    (("evidence", "ai-chat/turn/turn", "headers", 0), ["a"], "headers[0]: expected 2 items, found 1"),
    (("evidence", "ai-chat/turn/turn", "frames", 0, "at_seconds"), "1", "at_seconds: expected a number, found '1'"),
    (("counts",), {"met": 1}, "counts: found {'met': 1}, the verdicts give"),
    (("extra",), 1, "extra is unknown to schema version 2"),
    (("command",), ["x" * 300], "command: expected a string, found a list"),
]


@pytest.mark.parametrize(("path", "value", "message"), DAMAGE, ids=[f"{p[-1]}-{m[-12:]}" for p, _v, m in DAMAGE])
def test_damaged_document_is_refused_with_its_place(
    faulty_run: Run, path: tuple[str | int, ...], value: Any, message: str
) -> None:
    document: Any = to_json(faulty_run)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = copy.deepcopy(value)

    with pytest.raises(RunJsonError) as caught:
        from_json(document)

    assert message in str(caught.value)


@pytest.mark.parametrize(("document", "message"), [([], "found a list"), ({}, "schema_version is missing")])
def test_what_is_no_run_document_is_refused(document: Any, message: str) -> None:
    with pytest.raises(RunJsonError, match=message):
        from_json(document)


def test_missing_key_is_named(faulty_run: Run) -> None:
    for name in to_json(faulty_run):
        document = to_json(faulty_run)
        del document[name]
        with pytest.raises(RunJsonError, match=name):
            from_json(document)


def test_schema_refuses_what_the_reader_refuses(faulty_run: Run) -> None:
    validator = Draft202012Validator(shipped_schema())
    for path, value in (
        (("verdicts", 0, "verdict"), "green"),
        (("verdicts", 0, "extra"), 1),
        (("evidence", "ai-chat/turn/turn", "headers", 0), ["a"]),
        (("schema_version",), 3),
        (("waivers", 0, "state"), "gone"),
    ):
        document: Any = to_json(faulty_run)
        place = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert not validator.is_valid(document), path


def test_whole_numbers_are_read_as_seconds(faulty_run: Run) -> None:
    document = {**to_json(faulty_run), "duration_seconds": 11}

    assert from_json(document).duration_seconds == 11.0
    assert isinstance(from_json(document).duration_seconds, float)


def test_long_values_are_cut_in_messages(faulty_run: Run) -> None:
    with pytest.raises(RunJsonError) as caught:
        from_json({**to_json(faulty_run), "strict": "x" * 5000})

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [float("inf"), object(), b"bytes"])
def test_what_json_cannot_say_is_an_error_of_ours(faulty_run: Run, value: object) -> None:
    with pytest.raises(TypeError, match=r"run\.backend\.x\[0\] holds"):
        to_json(replace(faulty_run, backend={"x": (value,)}))


LOAD_DAMAGE: list[tuple[tuple[str | int, ...], Any, str]] = [
    (
        ("targets", 0, "verdict"),
        "green",
        "targets[0].verdict: found 'green', expected one of met, not_met, inconclusive",
    ),
    (("targets", 0, "comparison"), "=", "targets[0].comparison: found '=', expected one of <, <=, >, >="),
    (("targets", 0, "level"), "must", "targets[0].level: found 'must'"),
    (("targets", 0, "n"), 1.5, "targets[0].n: expected an integer, found 1.5"),
    (("targets", 0, "value"), "fast", "targets[0].value: expected a number, found 'fast'"),
    (("validity", "checks", 0, "state"), "fine", "checks[0].state: found 'fine', expected one of ok, broken, not_obs"),
    (("validity", "valid"), None, "validity.valid: expected a boolean, found None"),
    (("load", "charts", 0, "lines", 0, "points", 0), [1], "points[0]: expected 2 items, found 1"),
    (("load", "charts", 0, "limits", 0), ["x", "y"], "limits[0][1]: expected a number, found 'y'"),
    (("load", "errors", 0, "count"), True, "errors[0].count: expected an integer, found True"),
    (("load", "extra"), 1, "load.extra is unknown to schema version 2"),
]


@pytest.mark.parametrize("options", [{}, {"invalid": True}, {"partial": True}, {"empty": True}], ids=str)
def test_every_load_run_comes_back_and_fits_the_schema(options: dict[str, bool]) -> None:
    run = load_run_document(**options)
    document = json.loads(json_report.render(run))

    Draft202012Validator(shipped_schema()).validate(document)
    assert from_json(document) == run
    assert document["targets"][2]["value"] is None  # infinite


@pytest.mark.parametrize(
    ("path", "value", "message"), LOAD_DAMAGE, ids=[f"{p[-1]}-{m[-12:]}" for p, _v, m in LOAD_DAMAGE]
)
def test_damaged_load_run_is_refused_with_its_place(path: tuple[str | int, ...], value: Any, message: str) -> None:
    document: Any = json.loads(json_report.render(load_run_document()))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(RunJsonError) as caught:
        from_json(document)

    assert message in str(caught.value)
    assert not Draft202012Validator(shipped_schema()).is_valid(document)
