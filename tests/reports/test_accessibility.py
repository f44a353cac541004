"""axe-core finds no serious violation on any kind of page, light or dark, wide or narrow; charts work by keyboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from chatproof.reports import index
from support.browser import axe_source, left_by, without_policy
from support.look import EMPTY, FULL, rendered

if TYPE_CHECKING:
    from collections.abc import Callable

SERIOUS: Final = {"serious", "critical"}
CONTROL: Final = (
    '<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>A page with defects</h1>'
    '<img src="data:,"><p style="color:#ccc;background:#fff">pale</p></main></body></html>'
)
_RUN: Final = {"exit_code": 1, "exit_reason": "a MUST is not met", "backend": {"url": "http://127.0.0.1:3000"}}
FOLDERS: Final[list[dict[str, Any]]] = [
    {"command": name, "files": [f"{name}/report.html", f"{name}/run.json"], "document": _RUN | {"exit_code": code}}
    for code, name in enumerate(("capacity", "check", "gate", "load"))
]
FOLDERS[0]["inner"] = [{"command": "load-soak", "files": ["capacity/load-soak/run.json"], "document": _RUN}]
LEFT: Final = "planted"
_DRIVER: Final = """<!doctype html><meta charset="utf-8"><title>driver</title><body><script>
const pages = PAGES, axe = AXE, steps = STEPS;
const opened = async (text, width) => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.srcdoc = text;
  document.body.append(frame);
  await new Promise((done) => { frame.onload = done; });
  return [frame, frame.contentDocument];
};
const look = async ({ name, text, width, left_out }) => {
  const [frame, inner] = await opened(text, width);
  for (const part of inner.querySelectorAll("details")) part.open = true;
  const wide = inner.documentElement.scrollWidth - inner.documentElement.clientWidth;
  for (const part of left_out ? inner.querySelectorAll(left_out) : []) part.remove();
  const script = inner.createElement("script");
  script.textContent = axe;
  inner.head.append(script);
  const found = await frame.contentWindow.axe.run(inner, { resultTypes: ["violations"], preload: false });
  const paper = frame.contentWindow.getComputedStyle(inner.body).backgroundColor;
  frame.remove();
  return { name, wide, paper, violations: found.violations.map(({ id, impact, nodes }) => ({
    id, impact,
    nodes: nodes.slice(0, 4).map((node) => `${node.target} ${node.html.slice(0, 160)} ${node.failureSummary}`),
  })) };
};
const typed = async (text) => {
  const [frame, inner] = await opened(text, 1280);
  const svg = inner.querySelector(".chart[role=slider]");
  const figure = svg.closest("figure");
  const press = (key) =>
    svg.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const state = () => ({
    text: svg.getAttribute("aria-valuetext"), now: svg.getAttribute("aria-valuenow"),
    box: svg.querySelector(".field").getAttribute("viewBox"), role: svg.getAttribute("role"), tabs: svg.tabIndex,
    tip: figure.querySelector(".tip").hidden ? "" : figure.querySelector(".tip").textContent,
    cursors: svg.querySelectorAll(".cursor line").length, reset: figure.querySelector("button").hidden,
  });
  const told = { rows: svg.getAttribute("aria-valuemax"), start: state() };
  for (const [name, key] of steps) { press(key); told[name] = state(); }
  frame.remove();
  return told;
};
const planted = async (text) => {
  const [frame, inner] = await opened(text, 1280);
  const told = [inner.getElementById("planted").textContent, inner.querySelectorAll(".chart[role=slider]").length > 0];
  frame.remove();
  return told;
};
(async () => {
  const told = { looks: [], typed: {}, planted: {} };
  for (const entry of pages.looks) told.looks.push(await look(entry));
  for (const name in pages.typed) told.typed[name] = await typed(pages.typed[name]);
  for (const name in pages.planted) told.planted[name] = await planted(pages.planted[name]);
  const left = document.createElement("pre");
  left.id = "left";
  left.textContent = JSON.stringify(told);
  document.body.replaceChildren(left);
})();
</script>"""
ROWS_ALIKE: Final = ".figure .data tbody tr:nth-child(n + 4)"
PARTS_ALIKE: Final = f"{ROWS_ALIKE}, .figure:nth-child(n + 7):not(:has(.empty))"
"""What one macro made many times: axe sees the first of them, the second time fewer."""
_STEPS: Final = (
    ("first", "ArrowRight"),
    ("second", "ArrowRight"),
    ("back", "ArrowLeft"),
    ("last", "End"),
    ("zoomed", "+"),
    ("whole", "Escape"),
)


def in_script(value: Any) -> str:
    """The value as a literal of a script inside a page."""
    return json.dumps(value).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def in_light(text: str) -> str:
    """The page as it is where light is preferred, for a browser that prefers dark."""
    assert text.count("(prefers-color-scheme: dark)") == 1
    return text.replace("(prefers-color-scheme: dark)", "(prefers-color-scheme: light)")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What one browser, which prefers dark, found on all pages."""
    axe = axe_source()
    full = {kind: rendered(make()) for kind, make in FULL.items()} | {"index": index.render(FOLDERS)}
    empty = {f"empty {kind}": rendered(make()) for kind, make in EMPTY.items()} | {"empty index": index.render([])}
    open_pages = {name: without_policy(text) for name, text in (full | empty).items()}
    looks: list[dict[str, Any]] = [
        {"name": name, "width": 1280, "text": in_light(text), "left_out": ROWS_ALIKE}
        for name, text in open_pages.items()
    ]
    looks += [
        {"name": f"dark {name}", "width": 390, "text": open_pages[name], "left_out": PARTS_ALIKE} for name in full
    ]
    looks.append({"name": "control", "width": 1280, "text": CONTROL, "left_out": ""})
    script = f"document.getElementById('{LEFT}').textContent = 'run'"
    left = f"<pre id='{LEFT}'>not run</pre><script>{script}</script></body>"
    pages = {
        "looks": looks,
        "typed": {kind: open_pages[kind] for kind in ("load", "gate", "capacity", "history")},
        "planted": {
            "under policy": full["load"].replace("</body>", left),
            "without": open_pages["load"].replace("</body>", left),
        },
    }
    driver = _DRIVER.replace("STEPS", json.dumps(_STEPS)).replace("PAGES", in_script(pages))
    told = left_by(driver.replace("AXE", in_script(axe), 1), tmp_path_factory.mktemp("look"), dark=True)
    assert [entry["name"] for entry in told["looks"]] == [entry["name"] for entry in looks]
    return told


def of(seen: Any, wanted: Callable[[str], bool]) -> dict[str, Any]:
    return {entry["name"]: entry for entry in seen["looks"] if wanted(entry["name"])}


def test_axe_sees_defects(seen: Any) -> None:
    [control] = of(seen, lambda name: name == "control").values()

    assert {"image-alt", "color-contrast"} <= {violation["id"] for violation in control["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation(scheme: str, seen: Any) -> None:
    told = of(seen, lambda name: name != "control" and name.startswith("dark ") == (scheme == "dark"))

    assert len(told) == len(FULL) + 1 + (len(EMPTY) + 1 if scheme == "light" else 0)
    serious = [
        f"{name}: {violation['id']} ({violation['impact']})\n  " + "\n  ".join(violation["nodes"])
        for name, entry in told.items()
        for violation in entry["violations"]
        if violation["impact"] in SERIOUS
    ]
    assert not serious, "\n".join(serious)
    paper = "rgb(20, 23, 26)" if scheme == "dark" else "rgb(252, 252, 250)"
    assert {entry["paper"] for entry in told.values()} == {paper}
    assert not {name: entry["wide"] for name, entry in told.items() if entry["wide"] > 0}, "wider than the window"


@pytest.mark.parametrize("kind", ["load", "gate", "capacity", "history"])
def test_chart_is_read_and_zoomed_by_keyboard(kind: str, seen: Any) -> None:
    told = seen["typed"][kind]

    whole = told["start"]["box"]
    assert told["start"]["role"] == "slider"
    assert told["start"]["tabs"] == 0
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


def test_own_script_alone_runs_under_the_policy(seen: Any) -> None:
    """The policy lets the charts' script run; one that a backend might bring in is not run."""
    assert seen["planted"] == {"under policy": ["not run", True], "without": ["run", True]}
