"""The keys of `[[boxes]]`: boxes of a user's own on the production checklist."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatproof.config.keys import key

__all__ = ["OwnBox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBox:
    """
    `[[boxes]]`: a box of your own on the production checklist.

    Without `requirements` and `targets` it is manual: listed, and never ticked. `line` is where the entry stands in
    its file.
    """

    text: str = key("", "What the box says.", example="The on-call rota knows of the release")
    requirements: tuple[str, ...] = key(
        (), "Ids of requirements that must all be met for it to be ticked.", example='["SSE-TYPE-01", "AICHAT-HB-01"]'
    )
    targets: tuple[str, ...] = key(
        (), "Targets that must all be met for it to be ticked.", example='["e2e.p95 < 8s", "error_rate < 0.5%"]'
    )
    profile: str = key("", "The profile that it concerns; otherwise all.", example="ai-chat")
    line: int = field(default=0, metadata={"internal": True})
