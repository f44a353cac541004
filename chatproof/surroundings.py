"""What stands round a backend during a check: scripted upstreams behind it, and further instances of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from chatproof.failure import NotClaimed
from chatproof.loading import load
from chatproof.means import MEANS
from chatproof.process import BackendProcessError
from chatproof.redaction import Redactor

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.config.shared_keys import Upstream as Declared
    from chatproof.driver import Instance

__all__ = ["Call", "Launch", "Surroundings", "Upstream", "surroundings_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    One request that an upstream got.

    `headers` have names in lower case, `body` is the parsed JSON (the text where it is none, None where empty),
    `at_ns` is `time.monotonic_ns()` when it came, `left_ns` when its client closed the connection before the answer
    was over (None: it did not), `status` what was answered.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    at_ns: int
    status: int
    left_ns: int | None = None


class Upstream(Protocol):
    """A stand-in for the service behind the backend, whose behaviour a scenario chooses."""

    @property
    def url(self) -> str:
        """Its base URL."""

    def behave(self, behaviour: str = "well", **options: Any) -> None:
        """From now on answers so (`well`: as the real one); forgets the calls so far. ValueError for an unknown one."""

    def calls(self) -> tuple[Call, ...]:
        """The requests since the last `behave`, in order."""


Launch: TypeAlias = Callable[["Mapping[str, str | None]"], AbstractAsyncContextManager["Instance"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """
    The upstreams by profile, and what starts an instance with another environment.

    `pid` is the process that we started for the backend under test, None where somebody else did.
    """

    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    launch: Launch | None = None
    pid: int | None = None

    def upstream(self, profile: str) -> Upstream:
        """The upstream of a profile; NotClaimed where there is none."""
        found = self.upstreams.get(profile)
        if found is None:
            means = MEANS["upstream"]
            raise NotClaimed(means.absence, declare=means.declare.replace("{profile}", profile))
        return found

    def instance(self, environment: Mapping[str, str | None]) -> AbstractAsyncContextManager[Instance]:
        """The backend with another environment; NotClaimed where nothing can start it."""
        if self.launch is None:
            raise NotClaimed(MEANS["command"].absence, declare=MEANS["command"].declare)
        return self.launch(environment)


@contextmanager
def surroundings_of(
    config: Config, *, environment: Mapping[str, str] | None = None, say: Callable[[str], None] = lambda _line: None
) -> Iterator[Surroundings]:
    """
    Starts the declared upstreams, and then the backend's command with their addresses; stops all of it at the end.

    `environment` are variables for the command beside this process's own, `say` takes lines of progress. Raises
    BackendProcessError, free of secrets and ending in a hint, where something does not start.
    """
    from chatproof.instances import launching  # noqa: PLC0415 - it needs our types

    scrub = Redactor.of(config).scrub
    with ExitStack() as stack:
        upstreams, variables = _upstreams(config, stack)
        launch, pid = None, None
        if config.backend.command:
            say(f"starting {scrub(config.backend.command)}")
            whole = {**os.environ, **(environment or {}), **variables}
            try:
                launch, pid = stack.enter_context(launching(config.backend, whole, scrub))
            except BackendProcessError as error:
                raise BackendProcessError(scrub(str(error))) from None
        yield Surroundings(upstreams=upstreams, launch=launch, pid=pid)


def _upstreams(config: Config, stack: ExitStack) -> tuple[dict[str, Upstream], dict[str, str]]:
    """The stand-ins of the profiles that declare one, each running, and the variables that hold their addresses."""
    declared = {
        profile: found
        for profile, settings in config.profiles.items()
        if (found := getattr(settings, "upstream", None)) is not None
        and (found.listen or (found.variable and config.backend.command))
    }
    upstreams: dict[str, Upstream] = {}
    variables: dict[str, str] = {}
    if not declared:
        return upstreams, variables
    references = load("fixtures", "references").REFERENCES
    server = load("fixtures", "server")
    farm = stack.enter_context(server.Farm())
    for profile, wanted in declared.items():
        reference = references.get(profile)
        stand_in = reference.stand_in(config.profiles[profile]) if reference is not None else None
        if stand_in is None:
            continue
        _refuse_twice(profile, wanted, {other: declared[other] for other in upstreams})
        host, _, port = wanted.listen.rpartition(":")
        try:
            stand_in.start(farm, host=host.strip("[]") or "127.0.0.1", port=int(port or 0))
        except server.ServerError as error:
            msg = (
                f"the stand-in of [profiles.{profile}] upstream cannot start: {error}\n"
                "hint: stop what listens there, or change `listen` and the backend's configuration with it"
            )
            raise BackendProcessError(msg) from error
        upstreams[profile] = stand_in
        if wanted.variable:
            variables[wanted.variable] = stand_in.url
    return upstreams, variables


def _refuse_twice(profile: str, wanted: Declared, others: Mapping[str, Declared]) -> None:
    """Two stand-ins cannot have one address: BackendProcessError."""
    for other, known in others.items():
        for name in ("variable", "listen"):
            if getattr(wanted, name) and getattr(wanted, name) == getattr(known, name):
                msg = (
                    f"[profiles.{other}] and [profiles.{profile}] both have {getattr(wanted, name)} for their upstream"
                    f"\nhint: check one after the other: `--profile {other}`, then `--profile {profile}`"
                )
                raise BackendProcessError(msg)
