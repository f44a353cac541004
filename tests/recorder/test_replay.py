"""Recordings of defective backends, saved and judged again without a network, give the same verdicts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.catalogue import catalogue
from chatproof.checking import Check, Options
from chatproof.config import from_table
from chatproof.document import document
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm
from chatproof.har import load_folder

if TYPE_CHECKING:
    from pathlib import Path

# Compressed, cut, not UTF-8, framed wrongly, found by fuzzing.
FAULTY = {
    "gzip_hold": ("SSE", "AICHAT-HDR"),
    "cut_in_chunk": ("SSE", "AICHAT-EVT"),
    "latin1": ("SSE", "AICHAT-EVT"),
    "length_and_chunks": ("SSE", "HTTP-FRAME"),
    "non_object_500": ("AICHAT-VAL",),
}


def verdicts(check: Check) -> list[dict[str, Any]]:
    check.judgements.clear()
    run = document(check, catalogue().requirements, command="check")
    return [{**asdict(entry), "seconds": 0} for entry in run.verdicts]


@pytest.mark.parametrize("fault", FAULTY)
def test_the_same_verdicts(fault: str, tmp_path: Path) -> None:
    known = catalogue()
    chosen = known.select(FAULTY[fault])
    requirements = [entry for entry in known.requirements.values() if entry.id in chosen]
    with Farm() as farm:
        settings = full_settings(secret="s" * 40, heartbeat_seconds=0.25)
        config = from_table(site(farm, FAULTS[fault], settings).config, origin="a test")
        live = Check(config=config, options=Options(fuzz_examples=10))
        live.pairs = live.pairs_of(requirements)
        live.record(lambda _event: None)
    live.save(tmp_path)
    saved = load_folder(tmp_path)
    again = Check(config=saved.config, options=Options(fuzz_examples=10, replay=tmp_path))
    again.pairs = again.pairs_of(requirements)
    again.record(lambda _event: None)

    found = verdicts(live)

    assert found == verdicts(again)
    assert "not_met" in {entry["verdict"] for entry in found}
