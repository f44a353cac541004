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

from .style import PARTS
from .text import cut, duration, encodable, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["anchor", "page", "part"]

LONGEST_TEXT = 1500
LONGEST_VALUE = 20_000
LONGEST_ANCHOR = 80
LONGEST_URL = 2000
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_CODE = re.compile("`([^`\n]+)`")
_HEADING = re.compile(r"(</?h)([2-5])\b")


def page(
    template: str,
    *,
    styles: Sequence[str] = ("page.css",),
    scripts: Sequence[str] = (),
    rules: str = "",
    **values: Any,
) -> str:
    """
    The page of a template in this package, with its styles and scripts and a content security policy for exactly those.

    Both are names of files in this package; `page.css` is the style that all pages share. The page loads nothing, and
    without `scripts` it runs none; every value is escaped. `rules` are rules of style for this one page: who makes them
    escapes what stands in them.
    """
    parts = [part for name in styles for part in (PARTS if name == "page.css" else (name,))]
    style, script = ("".join(map(_resource, names)) for names in (parts, scripts))
    style += rules
    allowed = [f"default-src 'none'; style-src {_digest(style)}"]
    allowed += [f"script-src {_digest(script)}"] if script else []
    shared = {
        "style": Markup(style),  # noqa: S704 - our own style sheet
        "script": Markup(script),  # noqa: S704 - our own script
        "policy": "; ".join([*allowed, "base-uri 'none'; form-action 'none'"]),
        "version": __version__,
    }
    return encodable(_environment().get_template(template).render(**shared, **values))


def part(template: str, **values: Any) -> Markup:
    """The markup of a template that is a part of a page; every value is escaped."""
    return Markup(_environment().get_template(template).render(**values))  # noqa: S704 - our own template, which escapes


def _digest(text: str) -> str:
    """The source expression by which a content security policy allows the inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_resource),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit,
    )
    environment.filters.update(
        plain=_plain, shown=_shown, prose=_prose, duration=duration, web=_web, below=_below, tongue=_tongue
    )
    return environment


def _tongue(language: str) -> str:
    """A language tag; empty, which stands for an unknown language, for anything else."""
    return language if _LANGUAGE.fullmatch(language) else ""


def _below(markup: Markup) -> Markup:
    """The part of a page with each heading one level lower, as it stands below a heading of its own."""
    return Markup(_HEADING.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", markup))  # noqa: S704 - it was markup


def _fit(value: object) -> object:
    """What a template writes without a filter: text is cut where it is absurdly long, and has nothing invisible."""
    return visible(cut(value, LONGEST_VALUE)) if type(value) is str else value


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
    """The URL where it leads to the web; empty for every other scheme, and for one that no page should hold."""
    return url if url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL else ""


def anchor(text: str) -> str:
    """The text as the name of a place in the page; a long one is cut, and told apart by its hash."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text[: LONGEST_ANCHOR + 1])
    if len(name) <= LONGEST_ANCHOR:
        return name
    digest = hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
    return f"{name[: LONGEST_ANCHOR - 13]}-{digest[:12]}"


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
