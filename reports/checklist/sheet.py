"""What stands at the foot of every printed sheet: the link between the paper and the backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..text import cut

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["foot_rules"]

LONGEST_BUILD = 60
LONGEST_FINGERPRINT = 40
_UNSAFE = re.compile(r"[^A-Za-z0-9 .:_-]")


def foot_rules(run: Run) -> str:
    """The rule of style that prints build and fingerprint on each sheet; no letter of theirs leaves its text."""
    build = f"build {cut(run.build, LONGEST_BUILD)}" if run.build else "build not named"
    fingerprint = cut(run.fingerprint, LONGEST_FINGERPRINT) or "none"
    text = f"chatproof production checklist, {build}, fingerprint {fingerprint}"
    return f'@media print {{ @page {{ @bottom-left {{ content: "{_UNSAFE.sub(_escaped, text)}"; }} }} }}\n'


def _escaped(letter: re.Match[str]) -> str:
    """A letter by its number, as a text in a style sheet may hold any."""
    return f"\\{ord(letter[0]):06x} "
