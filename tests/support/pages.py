"""A page taken apart: its elements, its words, and whether each element is closed in order."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["LOADING", "Page"]

VOID = {"meta", "br", "link", "img", "input", "hr", "base"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "style", "ping"}


class Page(HTMLParser):
    """Collects the elements of a page and checks that each is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _tag, attrs in self.tags if name in attrs]

    def classes(self) -> list[str]:
        return [name for value in self.attributes("class") for name in value.split()]
