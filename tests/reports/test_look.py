"""The design system: colours that everyone can tell apart, one place for each rule, a script that is small."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Final

import pytest

from chatproof.reports.page import page
from chatproof.reports.style import PARTS
from support import colours
from support.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMES: Final = ("light", "dark", "print")
SERIES: Final = tuple(f"c{number}" for number in range(6))
VERDICTS: Final = ("met", "not-met", "not-testable", "waived", "not-claimed", "inconclusive")
OWN: Final = tuple(
    f"{folder.name}/page.css"
    for folder in files("chatproof.reports").iterdir()
    if folder.is_dir() and folder.joinpath("page.css").is_file()
)
"""The styles of pages of their own."""

FAR: Final = 12.0  # of ΔE2000: well told apart side by side; 2 is just seen
TEXT: Final = 4.5
GRAPHICS: Final = 3.0
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")


def read(name: str) -> str:
    return files("chatproof.reports").joinpath(name).read_text("utf-8")


def palette(scheme: str) -> dict[str, str]:
    """The custom properties of a scheme, each as it is in force."""
    text = read("style/tokens.css")
    found: dict[str, str] = {}
    blocks = {"light": "", "dark": "prefers-color-scheme: dark", "print": "@media print"}
    for condition in ("", blocks[scheme]):
        part = text if not condition else text[text.index(condition) :]
        [declared] = re.findall(r":root \{(.*?)\}", part, re.DOTALL)[:1]
        found |= dict(re.findall(r"--([\w-]+): ([^;]+);", declared))
    return {name: found[value[6:-1]] if value.startswith("var(--") else value for name, value in found.items()}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eye", colours.EYES)
def test_colours_of_series_are_far_apart_for_every_eye(scheme: str, eye: str) -> None:
    found = palette(scheme)

    for one, other in combinations(SERIES, 2):
        assert colours.distance(found[one], found[other], eye=eye) >= FAR, (one, other)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_stand_out_from_the_paper(scheme: str) -> None:
    found = palette(scheme)

    for name in SERIES:
        assert colours.contrast(found[name], found["paper"]) >= GRAPHICS, name
        assert colours.contrast(found[name], found["paper"]) >= TEXT, f"{name} is the text at the end of a line, too"
    for name in (*VERDICTS, "ink", "soft", "accent"):
        for ground in ("paper", "panel"):
            assert colours.contrast(found[name], found[ground]) >= TEXT, (name, ground)


def test_distance_and_contrast_are_the_known_ones() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    # rows of the test data of Sharma, Wu and Dalal for CIEDE2000
    assert colours.ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert colours.ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)
    assert colours.ciede2000((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514)) == pytest.approx(0.9082, abs=1e-4)
    assert colours.distance("#b0321a", "#12705a", eye="deuteranopia") < colours.distance("#b0321a", "#12705a")


def rules(text: str) -> Iterator[tuple[str, str, str]]:
    """Each (media, selector, declarations) of a style sheet."""
    while text:
        start = text.find("@media")
        yield from (("", selector, body) for selector, body in parted(text if start < 0 else text[:start]))
        if start < 0:
            return
        media, _brace, rest = text[start:].partition("{")
        end = next(at for at in range(len(rest)) if rest.count("{", 0, at) < rest.count("}", 0, at + 1))
        yield from ((media.strip(), selector, body) for selector, body in parted(rest[:end]))
        text = rest[end + 1 :]


def parted(text: str) -> Iterator[tuple[str, str]]:
    for selectors, body in _RULE.findall(text):
        for selector in selectors.split(","):
            yield " ".join(selector.split()), body


@pytest.mark.parametrize("own", OWN)
def test_no_declaration_is_given_twice(own: str) -> None:
    """A page's own style may change what the common one says, and never repeat it."""
    seen: dict[tuple[str, str, str], str] = {}
    for name in (*PARTS, own):
        for media, selector, body in rules(read(name)):
            for declaration in (part.strip() for part in body.split(";") if part.strip()):
                key = (media, selector, declaration)
                assert key not in seen, (declaration, selector, seen.get(key), name)
                seen[key] = name


def test_colours_are_named_in_one_place() -> None:
    """On paper a page may have greys of its own."""
    for name in [*PARTS[1:], *OWN]:
        for media, selector, body in rules(read(name)):
            assert media == "@media print" or not re.findall(r"#[0-9a-f]{3,8}\b", body), (name, selector)


def test_style_parts_are_all_there_and_load_nothing() -> None:
    folder = files("chatproof.reports").joinpath("style")
    assert sorted(f"style/{entry.name}" for entry in folder.iterdir() if entry.name.endswith(".css")) == sorted(PARTS)
    for name in PARTS:
        assert "url(" not in read(name)
        assert "@import" not in read(name)


def test_on_paper_nothing_that_leads_to_the_next_stands_alone() -> None:
    rules = {body.strip(): set(names.strip().split(", ")) for names, body in _RULE.findall(read("style/print.css"))}

    assert {"h2", "h3", "h4", "h5", ".more > summary"} <= rules["break-after: avoid;"]
    introduction = "section > :first-child + .soft"
    assert introduction in rules["break-after: avoid;"] & rules["break-inside: avoid;"]


def test_what_scrolls_shows_its_edge_but_not_on_paper() -> None:
    [edge] = re.findall(r"^\.scroll \{(.*)\}$", read("style/base.css"), re.MULTILINE)
    [paper] = re.findall(r"^ *\.scroll \{(.*)\}$", read("style/print.css"), re.MULTILINE)

    assert edge.count(" local") == 2
    assert edge.count("var(--edge)") == 2
    assert "background: none" in paper


def test_script_is_small_and_reaches_nothing() -> None:
    script = read("charts/zoom.js")

    assert len(script.encode()) < 6.5 * 1024
    assert "</" not in script
    reaching = (
        "fetch",
        "XMLHttp",
        "import",
        "WebSocket",
        "EventSource",
        "sendBeacon",
        "innerHTML",
        "eval",
        "Function(",
    )
    assert not [word for word in reaching if word in script]


def test_policy_without_scripts_allows_none() -> None:
    text = page("index.jinja", folders=[])

    assert "script-src" not in text
    assert "<script" not in text
    assert "This page loads nothing and runs no script." in Page(text).text


def test_policy_allows_exactly_the_script_given() -> None:
    text = page("index.jinja", scripts=("charts/zoom.js",), folders=[])

    [policy] = [attrs["content"] or "" for _tag, attrs in Page(text).tags if "http-equiv" in attrs]
    assert len(re.findall(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)) == 1
    assert "unsafe" not in policy
    assert text.index("<script>") > text.index("</footer>")
