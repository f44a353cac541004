"""
The spellings in which a secret turns up.

As it is, escaped for JSON, HTML or a URL (also twice), in UTF-16, in hexadecimal, and within base64.
"""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

__all__ = ["spellings"]

_HEX = re.compile(r"%(?:25)*[0-9A-F]{2}")
_ESCAPED = ("<>&", "<>&'=", "<>&'+", "<>&'+=", "/")


def spellings(value: str) -> set[bytes]:
    """Every spelling of a value that we look for, as bytes of UTF-8."""
    texts = {value, html.escape(value), html.escape(value, quote=False), *_json(value), *_url(value)}
    data = value.encode("utf-8", "surrogatepass")
    wide = {value.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be")}
    hexadecimal = {data.hex().encode(), data.hex().upper().encode()}
    return {text.encode("utf-8", "surrogatepass") for text in texts} | wide | hexadecimal | _base64(data)


def _json(value: str) -> set[str]:
    """As the usual writers put it between quotes; some escape more than JSON asks for."""
    plain = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found = set(plain)
    found |= {json.dumps(text)[1:-1] for text in plain}  # JSON within JSON
    units = value.encode("utf-16-be", "surrogatepass").hex()
    every = [units[at : at + 4] for at in range(0, len(units), 4)]
    found |= {"".join(f"\\u{unit}" for unit in every), "".join(f"\\u{unit.upper()}" for unit in every)}
    for text in plain:
        found.add(text.replace("/", "\\/"))
        for chars in _ESCAPED:
            for form in ("\\u{:04x}", "\\u{:04X}"):
                found.add("".join(form.format(ord(char)) if char in chars else char for char in text))
    return found


def _url(value: str) -> set[str]:
    try:
        upper = {quote(value), quote(value, safe=""), quote_plus(value)}
        upper |= {quote(text, safe="") for text in upper}
    except UnicodeEncodeError:
        return set()
    return upper | {_HEX.sub(lambda found: found[0].lower(), text) for text in upper}


def _base64(data: bytes) -> set[bytes]:
    """The part of its base64 that does not depend on what stands around it, for each of the three alignments."""
    found = set()
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + data)
        core = coded[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
        found |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return found
