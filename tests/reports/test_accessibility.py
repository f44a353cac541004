"""axe-core finds no serious violation on any kind of page, light or dark, wide or narrow; charts work by keyboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.browser import axe_source, left_by, without_policy
from support.look import EMPTY, FULL, rendered

if TYPE_CHECKING:
    from pathlib import Path

SERIOUS: Final = {"serious", "critical"}
CONTROL: Final = (
    '<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>A page with defects</h1>'
    '<img src="data:,"><p style="color:#ccc;background:#fff">pale</p></main></body></html>'
)
_DRIVER: Final = """<!doctype html><meta charset="utf-8"><title>driver</title><body><script>
const pages = PAGES, axe = AXE, width = WIDTH;
const look = async (name, text) => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.srcdoc = text;
  document.body.append(frame);
  await new Promise((done) => { frame.onload = done; });
  const inner = frame.contentDocument;
  for (const part of inner.querySelectorAll("details")) part.open = true;
  const script = inner.createElement("script");
  script.textContent = axe;
  inner.head.append(script);
  const found = await frame.contentWindow.axe.run(inner, { resultTypes: ["violations"] });
  const wide = inner.documentElement.scrollWidth - inner.documentElement.clientWidth;
  const dark = getComputedStyle(inner.body).backgroundColor;
  frame.remove();
  return { name, wide, dark, violations: found.violations.map(({ id, impact, nodes }) => ({
    id, impact,
    nodes: nodes.slice(0, 4).map((node) => `${node.target} ${node.html.slice(0, 160)} ${node.failureSummary}`),
  })) };
};
(async () => {
  const told = [];
  for (const [name, text] of Object.entries(pages)) told.push(await look(name, text));
  const left = document.createElement("pre");
  left.id = "left";
  left.textContent = JSON.stringify(told);
  document.body.replaceChildren(left);
})();
</script>"""


def in_script(value: Any) -> str:
    """The value as a literal of a script inside a page."""
    return json.dumps(value).replace("<", "\\u003c").replace("\u2028", "\\u2028")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_has_a_serious_violation(scheme: str, width: int, tmp_path: Path) -> None:
    pages = {kind: without_policy(rendered(make())) for kind, make in FULL.items()}
    if scheme == "light":
        pages |= {f"empty {kind}": without_policy(rendered(make())) for kind, make in EMPTY.items()}
    pages["control"] = CONTROL
    driver = (
        _DRIVER.replace("WIDTH", str(width)).replace("PAGES", in_script(pages)).replace("AXE", in_script(axe_source()))
    )

    told = {entry["name"]: entry for entry in left_by(driver, tmp_path, dark=scheme == "dark")}

    assert set(told) == set(pages)
    control = {violation["id"] for violation in told.pop("control")["violations"]}
    assert {"image-alt", "color-contrast"} <= control
    serious = [
        f"{name}: {violation['id']} ({violation['impact']})\n  " + "\n  ".join(violation["nodes"])
        for name, entry in told.items()
        for violation in entry["violations"]
        if violation["impact"] in SERIOUS
    ]
    assert not serious, "\n".join(serious)
    assert {entry["dark"] for entry in told.values()} == {
        "rgb(20, 23, 26)" if scheme == "dark" else "rgb(252, 252, 250)"
    }
    assert not {name: entry["wide"] for name, entry in told.items() if entry["wide"] > 0}, "wider than the window"


_KEYS: Final = """<script>
{
  const svg = document.querySelector(".chart");
  const figure = svg.closest("figure");
  const press = (key) => svg.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const state = () => ({
    text: svg.getAttribute("aria-valuetext"), now: svg.getAttribute("aria-valuenow"),
    box: svg.querySelector(".field").getAttribute("viewBox"), role: svg.getAttribute("role"),
    tip: figure.querySelector(".tip").hidden ? "" : figure.querySelector(".tip").textContent,
    cursors: svg.querySelectorAll(".cursor line").length, reset: figure.querySelector("button").hidden,
    markup: figure.querySelector(".tip").children.length,
  });
  const told = { rows: svg.getAttribute("aria-valuemax"), start: state() };
  for (const [name, key] of STEPS) { press(key); told[name] = state(); }
  const left = document.createElement("pre");
  left.id = "left";
  left.textContent = JSON.stringify(told);
  document.body.append(left);
}
</script></body>"""
_STEPS: Final = (
    ("first", "ArrowRight"),
    ("second", "ArrowRight"),
    ("back", "ArrowLeft"),
    ("last", "End"),
    ("zoomed", "+"),
    ("whole", "Escape"),
)


def test_chart_is_read_and_zoomed_by_keyboard(tmp_path: Path) -> None:
    page = without_policy(rendered(FULL["load"]()))
    keys = _KEYS.replace("STEPS", json.dumps(_STEPS))

    told = left_by(page.replace("</body>", keys), tmp_path)

    whole = told["start"]["box"]
    assert told["start"]["role"] == "slider"
    assert told["start"]["tip"] == ""
    assert told["start"]["reset"] is True
    assert [told[name]["now"] for name in ("first", "second", "back", "last")] == ["1", "2", "1", told["rows"]]
    assert told["first"]["text"] == told["back"]["text"] != told["second"]["text"]
    assert told["first"]["tip"] == told["first"]["text"]
    assert told["first"]["cursors"] == 1
    assert told["first"]["box"] == whole
    assert told["zoomed"]["box"] != whole
    assert told["zoomed"]["reset"] is False
    assert told["zoomed"]["now"] == told["rows"]
    assert told["whole"] | {"text": "", "now": ""} == told["start"] | {"text": "", "now": ""}


def test_page_is_whole_and_its_own_script_alone_runs_under_its_policy(tmp_path: Path) -> None:
    """The policy lets the charts' script run; one that a backend might bring in is not run."""
    page = rendered(FULL["load"]())
    left = '<pre id="left">{"planted": "not run"}</pre>'
    planted = "<script>document.getElementById('left').textContent = '{\"planted\": \"run\"}'</script>"

    assert left_by(page.replace("</body>", f"{left}{planted}</body>"), tmp_path) == {"planted": "not run"}
    enlivened = without_policy(page).replace("</body>", f"{left}{planted}</body>")
    assert left_by(enlivened, tmp_path) == {"planted": "run"}
