"""
Hypothesis strategies for input that no backend should take.

Only clear cases are drawn: valid input would cost turns, and what a tolerant backend may take (a
number for a message, a session id in capitals, a media type that it does not look at) has
requirements of its own. Odd values therefore come with something that no backend may take.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .requests import body_of, chat, encoded, raw_chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from chatproof.config import AiChat
    from chatproof.driver import Driver
    from chatproof.recording import Request

__all__ = [
    "Kind",
    "content_types",
    "kinds",
    "messages",
    "raw_bodies",
    "sessions",
    "shapes",
]

_DEEP = 30_000
_NO_SESSION = "!"
_SURROGATES = ("\ud800", "\udfff", "\udc80")

# Named here, because the default alphabet first builds a table of a quarter of a gigabyte.
_CHARACTERS = st.characters(exclude_categories=["Cs"])

# Each unit holds one visible character, so that a message of more units than the limit is too
# long in code points, UTF-16 units, bytes and graphemes alike, also where invisible ones are removed.
_UNITS = (
    *"aZ9 .\"\\'<&é",
    "\N{GRINNING FACE}",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    "e\N{COMBINING ACUTE ACCENT}",
    "\N{DEVANAGARI LETTER KA}\N{DEVANAGARI SIGN VIRAMA}",
    "\N{HEBREW LETTER ALEF}",
    "\N{ARABIC LETTER BEH}",
    "a\N{RIGHT-TO-LEFT OVERRIDE}",
    "a\x00",
    "a\n",
    "a\r",
    "a\x1b",
    "a\x7f",
    "a\u2028",
    "\N{CJK UNIFIED IDEOGRAPH-4E00}",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One search: what is drawn, and the request that carries it."""

    strategy: SearchStrategy[Any]
    build: Callable[[Any], Request]


def kinds(driver: Driver) -> dict[str, Kind]:
    """The searches of the scenario `fuzz`, by label."""
    settings = driver.settings
    message, session = settings.message_field, settings.session_field
    return {
        "message": Kind(messages(settings), lambda value: chat(driver, body_of(settings) | {message: value})),
        "session": Kind(sessions(settings), lambda value: chat(driver, body_of(settings) | {session: value})),
        "shape": Kind(shapes(settings), lambda value: raw_chat(driver, encoded(value))),
        "raw": Kind(raw_bodies(settings), lambda value: raw_chat(driver, value)),
        "content_type": Kind(content_types(), lambda value: raw_chat(driver, b"[]", content_type=value)),
    }


def messages(settings: AiChat) -> SearchStrategy[str]:
    """Messages above the limit in several alphabets."""
    units = st.lists(st.sampled_from(_UNITS), min_size=1, max_size=12)
    return st.builds(
        lambda chosen, over: f"x{''.join(islice(cycle(chosen), settings.message_limit + over))}x",
        units,
        st.integers(min_value=1, max_value=200),
    )


def sessions(settings: AiChat) -> SearchStrategy[Any]:
    """Session ids near the grammar that do not match it, and values that are no text."""
    example = settings.session_example
    places = st.integers(min_value=0, max_value=len(example))
    characters = st.sampled_from(
        [*"-_ ./\\%0aZ'\"<é", "\n", "\r", "\x00", "\N{ARABIC-INDIC DIGIT THREE}", "\N{GRINNING FACE}"]
    )
    edits = st.lists(st.tuples(places, st.integers(min_value=0, max_value=2), characters), min_size=1, max_size=5)
    near = edits.map(lambda chosen: _edited(example, chosen))
    far = st.text(_CHARACTERS, min_size=1, max_size=80)
    traversal = st.sampled_from(["../../etc/passwd", "' OR 1=1 --", "${jndi:ldap://x}", "{{7*7}}"])
    texts = st.one_of(near, far, traversal).filter(lambda text: _is_no_session(text, settings))
    return st.one_of(
        texts, st.integers(min_value=1), st.dictionaries(st.text(_CHARACTERS, max_size=5), st.integers(), min_size=1)
    )


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Inserts (0), replaces (1) or deletes (2) a character at each place."""
    for place, how, character in edits:
        text = text[:place] + ("" if how == 2 else character) + text[place + (how > 0) :]  # noqa: PLR2004 - as documented
    return text


def _is_no_session(text: str, settings: AiChat) -> bool:
    """Not taken by the pattern, nor by one that trims or overlooks case, nor what may count as absent."""
    bare = text.strip()
    return bool(bare) and not re.fullmatch(settings.session_pattern, bare, re.IGNORECASE)


def shapes(settings: AiChat) -> SearchStrategy[Any]:
    """JSON that is no request: no object, or one with a session id that is none, whatever else it holds."""
    values = _json()
    no_object = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(_CHARACTERS, max_size=40),
        st.sampled_from(_SURROGATES),
        st.lists(values),
    )
    if _is_no_session(_NO_SESSION, settings):
        fields = st.dictionaries(st.text(_CHARACTERS, max_size=12), values, max_size=5)
        message = st.dictionaries(st.just(settings.message_field), values, max_size=1)
        objects = st.builds(lambda *parts: _merged(*parts, {settings.session_field: _NO_SESSION}), fields, message)
        return st.one_of(no_object, objects)
    return no_object


def _merged(*parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def raw_bodies(settings: AiChat) -> SearchStrategy[bytes]:
    """
    Bytes that are no JSON, and JSON that breaks parsers: very deep, very long numbers, NaN.

    What is nearly a request holds an empty message, so that a parser that mends it finds nothing to take.
    """
    empty = encoded({settings.message_field: ""})
    cut = st.integers(min_value=0, max_value=len(empty) - 1).map(lambda size: empty[:size])
    glued = st.builds(lambda head, tail: head + empty + tail, st.binary(max_size=8), st.binary(max_size=8))
    bracket = st.sampled_from([b"[", b'{"a":'])
    deep = st.builds(lambda opening, depth: opening * depth, bracket, st.integers(min_value=1, max_value=_DEEP // 5))
    closed = st.integers(min_value=2, max_value=_DEEP).map(lambda depth: b"[" * depth + b"]" * depth)
    odd = st.sampled_from(["NaN", "-Infinity", "1e999", '"\\ud800"', "9" * 5000])
    values = odd.map(lambda value: f"[{value}]".encode())
    broken = st.one_of(st.binary(max_size=64), cut, glued, deep).filter(_is_no_json)
    return st.one_of(broken, closed, values)


def _is_no_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return True
    return False


def content_types() -> SearchStrategy[str]:
    """Media types other than JSON, malformed ones, and JSON in charsets that it never has."""
    token = st.text(alphabet="abcxyz-+.0123456789", min_size=1, max_size=12)
    others = st.builds(lambda kind, subtype: f"{kind}/{subtype}", token, token)
    known = st.sampled_from(
        [
            "text/plain",
            "text/html",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "application/json, text/plain",
            "application",
            "/",
            ";",
        ]
    )
    charsets = st.sampled_from(["utf-16", "utf-32", "cp037", "no-such-charset", "base64", "idna", "rot13", '"', ""])
    json_in = charsets.map(lambda charset: f"application/json; charset={charset}")
    return st.one_of(others, known, json_in)


def _json() -> SearchStrategy[Any]:
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(_CHARACTERS, max_size=12),
        st.sampled_from(_SURROGATES),
    )
    keys = st.text(_CHARACTERS, max_size=8)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=8,
    )
