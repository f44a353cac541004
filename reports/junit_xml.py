"""JUnit XML that is valid whatever a backend answered: cases, properties, counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["document", "legal", "properties", "trouble"]

LONGEST_TEXT = 20_000
OWN_SUITE = "chatproof"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: Element) -> str:
    """The whole document; the counts of each suite, and of all, are set from the cases inside it."""
    for suite in root.iter("testsuite"):
        _count(suite)
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def legal(text: str) -> str:
    """The text without the characters that XML 1.0 has no way to hold, and cut where it is very long."""
    return _ILLEGAL.sub("", cut(text, LONGEST_TEXT))


def properties(parent: Element, values: Mapping[str, str]) -> None:
    """Adds the properties of a suite or case; those without a value are left out."""
    added = SubElement(parent, "properties")
    for name, value in values.items():
        if value:
            SubElement(added, "property", name=legal(name), value=legal(value))


def trouble(suite: Element, name: str, kind: str, message: str) -> None:
    """Adds a case of the run as a whole that is an `error` or a `failure`."""
    case = SubElement(suite, "testcase", classname=OWN_SUITE, name=legal(name), time="0.000")
    SubElement(case, kind, message=legal(message), type=kind)


def _count(element: Element) -> None:
    cases: Iterable[Element] = list(element.iter("testcase"))
    element.set("tests", str(len(list(cases))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    if element.tag == "testsuite":
        element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
