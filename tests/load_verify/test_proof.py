from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.load_run.proof import error_of, latest_proof, machine_facts, merged, proof_path, store_proof
from chatproof.load_run.verify import proof_document

from .proofs import error, level

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def proof(*levels: dict[str, Any]) -> dict[str, Any]:
    return proof_document(levels or [level(100, error("ttft", 0.5))])


def test_the_latest_proof_is_what_was_stored(cache: Path) -> None:
    assert latest_proof() is None
    document = proof()
    assert store_proof(document) == cache / "chatproof" / "verify.json"
    assert latest_proof() == document
    assert [path.name for path in proof_path().parent.iterdir()] == ["verify.json"]


def test_one_that_cannot_be_written_leaves_the_older_one() -> None:
    document = proof()
    store_proof(document)
    with pytest.raises(ValueError, match="nan"):
        store_proof({**document, "made_at": float("nan")})
    assert latest_proof() == document
    assert [path.name for path in proof_path().parent.iterdir()] == ["verify.json"]


@pytest.mark.parametrize("fact", ["cores", "cpu", "system", "python", "chatproof", "id"])
def test_a_proof_of_another_machine_or_version_is_none(fact: str) -> None:
    store_proof({**proof(), "machine": {**machine_facts(), fact: "another"}})
    assert latest_proof() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": 1}', "[" * 100_000, "\udcff"])
def test_what_is_no_proof_is_none(text: str) -> None:
    proof_path().parent.mkdir(parents=True)
    proof_path().write_bytes(text.encode("utf-8", "surrogateescape"))
    assert latest_proof() is None


def test_one_without_levels_is_none() -> None:
    store_proof({**proof(), "levels": []})
    assert latest_proof() is None


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", text)
        assert proof_path() == tmp_path / ".cache" / "chatproof" / "verify.json"


def test_a_proof_says_of_what_it_is() -> None:
    document = json.loads(json.dumps(proof()))
    assert {"cores", "cpu", "system", "python", "chatproof"} <= document["machine"].keys()
    assert document["made_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("levels", "valid", "within"),
    [
        ([], False, False),
        ([level(1, valid=False)], False, False),
        ([level(1), level(2, error("ttft", 3.0))], True, False),
        ([level(1, error("ttft", 1.0))], True, True),
    ],
)
def test_a_proof_is_as_good_as_its_levels(levels: list[dict[str, Any]], valid: bool, within: bool) -> None:
    document = proof_document(levels)
    assert (document["valid"], document["within"]) == (valid, within)


def test_a_new_proof_keeps_levels_that_it_has_not_measured() -> None:
    old = proof(level(50, error("ttft", 1.0)), level(250, error("ttft", 1.5)))
    new = merged(proof(level(50, error("ttft", 0.1))), old)

    assert [(entry["name"], entry["errors"][0]["error_ms"]) for entry in new["levels"]] == [("50", 0.1), ("250", 1.5)]
    assert merged(old, None)["levels"] == old["levels"]


def test_a_merged_proof_is_within_its_limits_only_as_a_whole() -> None:
    good, bad = level(50, error("ttft", 0.1)), level(250, error("ttft", 3.0))

    assert merged(proof(good), proof(bad))["within"] is False
    assert merged(proof(good), proof(level(250)))["within"] is True
    assert merged(proof(level(250)), proof(bad))["within"] is True


LEVELS = proof(
    level(50, error("ttft", 0.1), error("gap", 0.2)),
    level(100, error("ttft", 0.3), error("ttft", -0.4, statistic="p50")),
    level(100, error("ttft", 2.5), name="100@once", at_once=True),
    level(250, error("ttft", 0.9), error("heartbeat.gap", 1.0), worst_ms={"heartbeat.gap": 7.0, "ttft": 30.0}),
    level(21, error("ttft", 9.0), name="21@forms", forms=["chunked", "bytes"]),
)


@pytest.mark.parametrize(
    ("metric", "streams", "milliseconds"),
    [
        ("ttft", 10, 0.1),
        ("ttft", 50, 0.1),
        ("ttft", 51, 2.5),
        ("ttft", 200, 0.9),
        ("ttft", 1000, 0.9),
        ("ttft_sched", 50, 0.1),
        ("poll", 50, 0.1),
        ("gap", 50, 0.2),
        ("tpot", 50, 0.2),
        ("gap", 100, 0.0),
        ("heartbeat.gap", 250, 7.0),
        ("error_rate", 50, 0.0),
    ],
)
def test_the_error_is_that_of_the_nearest_level_not_below(metric: str, streams: int, milliseconds: float) -> None:
    assert error_of(LEVELS, metric, streams) == pytest.approx(milliseconds / 1e3)


def test_without_proof_there_is_no_error() -> None:
    assert error_of(None, "ttft", 100) == 0.0
