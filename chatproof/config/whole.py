"""One resolved configuration, made of all its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproof.config.keys import Auth, Backend, Suite
from chatproof.config.load_keys import Load, Observe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config.box_keys import OwnBox
    from chatproof.config.keys import ProfileSettings, Waiver
    from chatproof.own import Own

__all__ = ["Config"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    One resolved configuration.

    `profiles` maps the names of the profiles under test to their settings; `assumed_profile` says that nothing
    named one and `ai-chat` was taken. `origin` is the file it came from, or empty. `warnings` are sentences for the
    user. `secrets` holds every value that must appear nowhere: the secret keys, and what `${NAME}` brought into
    claims, fields and commands. `server_secrets` are those among them that only the server may know. `own` is what the
    folders of `[suite]` hold.
    """

    backend: Backend = field(default_factory=Backend)
    auth: Auth = field(default_factory=Auth)
    suite: Suite = field(default_factory=Suite)
    profiles: Mapping[str, ProfileSettings] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    load: Load = field(default_factory=Load)
    observe: Observe = field(default_factory=Observe)
    waivers: tuple[Waiver, ...] = ()
    boxes: tuple[OwnBox, ...] = ()
    origin: str = ""
    assumed_profile: bool = False
    warnings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    server_secrets: tuple[str, ...] = field(default=(), repr=False)
    own: Own | None = field(default=None, repr=False, compare=False)
