"""What a narrow column must not do to words: break a name inside, or begin a line with the comma of the last."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from chatproof.reports import html
from chatproof.run import ScenarioSummary
from support.browser import left_by

if TYPE_CHECKING:
    from pathlib import Path

    from chatproof.run import Run

_DRIVER: Final = """<!doctype html><meta charset="utf-8"><title>driver</title><body><script>
const looks = LOOKS;
const lines = (part) => {
  const range = part.ownerDocument.createRange();
  range.selectNodeContents(part);
  const seen = [...range.getClientRects()].filter(({ width }) => width > 0);
  return new Set(seen.map(({ bottom }) => Math.round(bottom / 8))).size;
};
(async () => {
  const told = {};
  for (const { name, text, width, parts } of looks) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width:${width}px;height:900px;border:0`;
    frame.srcdoc = text;
    document.body.append(frame);
    await new Promise((done) => { frame.onload = done; });
    const inner = frame.contentDocument;
    for (const part of inner.querySelectorAll("details")) part.open = true;
    told[name] = [...inner.querySelectorAll(parts)].map((part) => [part.textContent.trim(), lines(part)]);
    frame.remove();
  }
  const left = document.createElement("pre");
  left.id = "left";
  left.textContent = JSON.stringify(told);
  document.body.replaceChildren(left);
})();
</script>"""


def lines_of(folder: Path, *looks: tuple[str, Run, int, str]) -> dict[str, dict[str, int]]:
    """For each look, by its name, on how many lines each of its parts stands."""
    pages: list[dict[str, Any]] = [
        {"name": name, "text": html.render(run), "width": width, "parts": parts} for name, run, width, parts in looks
    ]
    script = json.dumps(pages).replace("<", "\\u003c")
    told = left_by(_DRIVER.replace("LOOKS", script, 1), folder)
    return {name: dict(found) for name, found in told.items()}


def test_names_stand_on_one_line(faulty_run: Run, load_run: Run, tmp_path: Path) -> None:
    long = ScenarioSummary(profile="ai-chat", scenario="malformed_conversation", exchanges=3, seconds=0.033)
    noted = replace(long, scenario="turn", note="the scenario was left early, since the backend answered with 503")
    check = replace(faulty_run, scenarios=(long, noted))
    assert load_run.load is not None
    machine = {"system": "Linux 6.18.44-fc-v669 x86_64 with a long name", "cores": 2, "python": "3.11.7"}
    load = replace(load_run, load=replace(load_run.load, machine=machine))

    found = lines_of(
        tmp_path,
        ("scenarios", check, 390, "#section-scenarios th[scope=row]"),
        ("ids", check, 390, "#section-not_testable .group .id, #section-not_claimed .group .id"),
        ("machine", load, 720, "#section-instrument .rows dt"),
    )

    assert found["scenarios"] == {"malformed_conversation": 1, "turn": 1}
    assert found["ids"]
    assert "AICHAT-SESS-01," in found["ids"], "a comma goes with the name before it"
    assert set(found["ids"].values()) == {1}
    assert {"system", "cores", "python"} <= set(found["machine"])
    assert set(found["machine"].values()) == {1}
