"""One self-contained HTML page: template, style, and what keeps a backend's text from becoming markup."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from chatproof import __version__

from .text import cut, duration, encodable, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["anchor", "page"]

LONGEST_TEXT = 1500
_CODE = re.compile("`([^`\n]+)`")


def page(template: str, *, styles: Sequence[str] = ("page.css",), **values: Any) -> str:
    """
    The page of a template in this package, with its style sheets and a content security policy for exactly those.

    The page loads nothing and runs no script; every value is escaped.
    """
    style = "".join(map(_resource, styles))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    shared = {"style": Markup(style), "policy": policy, "version": __version__}  # noqa: S704 - our own style sheet
    return encodable(_environment().get_template(template).render(**shared, **values))


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_resource),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plain=_plain, shown=_shown, prose=_prose, duration=duration, web=_web)
    return environment


def _plain(text: object, limit: int = LONGEST_TEXT) -> str:
    """Text of unknown origin where no element may stand, such as the title: cut, invisible characters shown."""
    return visible(cut(str(text), limit))


def _shown(text: object, limit: int = LONGEST_TEXT) -> Markup:
    """Text of unknown origin: cut, escaped, invisible characters shown, its direction kept to itself."""
    return Markup("<bdi>{}</bdi>").format(_plain(text, limit))


def _prose(text: str, limit: int = LONGEST_TEXT) -> Markup:
    """As `_shown`, with words between backticks set as code."""
    escaped = str(escape(_plain(text, limit)))
    coded = _CODE.sub(r"<code>\1</code>", escaped)
    return Markup(f"<bdi>{coded}</bdi>")  # noqa: S704 - escaped above


def _web(url: str) -> str:
    """The URL where it leads to the web; empty for every other scheme."""
    return url if url.startswith(("https://", "http://")) else ""


def anchor(text: str) -> str:
    """The text as the name of a place in the page."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
