"""Whatever a backend says, on every kind of page it stays text: nothing of it runs, is loaded, or breaks the page."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.look import EMPTY, FULL, HOSTILE_TEXT, LONG_TEXT, poisoned, rendered
from support.pages import LOADING, Page

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST: Final = 1_500_000
KINDS: Final = tuple(FULL)
_FORBIDDEN: Final = {"img", "iframe", "link", "object", "embed", "base", "form", "foreignObject", "audio", "video"}
_RAW: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_HARMLESS: Final = re.compile(r"#|https://[a-z.]+/|[A-Za-z0-9][A-Za-z0-9._-]*$")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def full(kind: str) -> Any:
    return FULL[kind]()


def unquoted(style: str) -> str:
    """The style with every string of it emptied: a page may print its build, and then in a string alone."""
    return _STRING.sub('""', style)


def sound(text: str, *, scripts: list[str], style: str) -> Page:
    """The page, which runs and loads nothing of others: its scripts and its style are those given."""
    page = Page(text)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert [unquoted(own) for own in re.findall(r"<style>(.*?)</style>", text, re.DOTALL)] == [unquoted(style)]
    assert re.findall(r"<script>(.*?)</script>", text, re.DOTALL) == scripts
    for tag, attrs in page.tags:
        assert tag not in _FORBIDDEN
        assert not LOADING & set(attrs), tag
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert tag != "script" or attrs in ({}, {"type": "application/json"}) or set(attrs) <= {"type", "id"}, attrs
        assert _HARMLESS.match(attrs.get("href") or "#"), attrs["href"]
    for data in re.findall(r"<script [^>]*application/json[^>]*>(.*?)</script>", text, re.DOTALL):
        assert "<" not in data
        json.loads(data)
    raw = _RAW.search(text)
    assert raw is None, text[max(0, raw.start() - 80) : raw.start() + 20]
    assert len(text.encode("utf-8")) < LARGEST
    return page


def of_kind(document: Any) -> tuple[list[str], str]:
    """The scripts and the style of the page of a harmless document."""
    text = rendered(document)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    return re.findall(r"<script>(.*?)</script>", text, re.DOTALL), style


def test_full_page_is_sound(full: Any) -> None:
    scripts, style = of_kind(full)

    page = sound(rendered(full), scripts=scripts, style=style)

    levels = [int(tag[1]) for tag, _attrs in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level <= before + 1 for before, level in pairwise(levels)), levels


def test_page_of_nothing_is_sound_and_says_so(kind: str, full: Any) -> None:
    scripts, style = of_kind(full)
    empty = EMPTY[kind]()
    own, _style = of_kind(empty)

    page = sound(rendered(empty), scripts=own, style=style)

    assert set(own) <= set(scripts)
    assert [tag for tag, _attrs in page.tags].count("h1") == 1


@pytest.mark.parametrize("text", [HOSTILE_TEXT, LONG_TEXT], ids=["hostile", "long"])
def test_hostile_texts_in_every_place_stay_texts(full: Any, text: str) -> None:
    scripts, style = of_kind(full)

    page = sound(rendered(poisoned(full, text)), scripts=scripts, style=style)

    shown = "<script>alert(1)</script>" if text is HOSTILE_TEXT else "characters)"
    assert shown in page.text


def test_poison_reaches_every_text_of_a_document(full: Any) -> None:
    found: list[str] = []

    def collect(value: Any, take: Callable[[str], None]) -> None:
        if isinstance(value, str):
            take(value)
        elif isinstance(value, dict):
            for entry in value.values():
                collect(entry, take)
        elif isinstance(value, tuple | list):
            for entry in value:
                collect(entry, take)
        elif hasattr(value, "__slots__"):
            for name in value.__slots__:
                collect(getattr(value, name), take)

    collect(poisoned(full, "!poison"), found.append)

    clean = {entry for entry in found if not entry.endswith("!poison")}
    assert len(found) > 20
    assert not [entry for entry in clean if " " in entry and entry != "no difference shown"], clean
