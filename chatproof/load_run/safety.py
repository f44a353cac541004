"""What is refused before a load sends anything: a host that nobody allowed, more users than files can be open."""

from __future__ import annotations

import ipaddress
import math
import resource
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.load_plan import Plan

__all__ = ["LoadRefusedError", "is_loopback", "make_room_for_files", "refuse_foreign_host", "refuse_taken_port"]

_OWN_FILES = 100
"""So many files a process of the generator has open beside its streams."""
_MOST_NEEDED_PER_USER = 2


class LoadRefusedError(Exception):
    """A load that is not started; the message ends in a hint."""


def refuse_foreign_host(url: str, allowed: Iterable[str]) -> None:
    """
    Raises LoadRefusedError for a host that is neither this machine nor one of the `allowed`.

    A name counts as this machine where every address that it has is a loopback address. An allowed name is compared
    as it is written, whatever the case of its letters; `host:port` allows this port alone.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    names = {_bare(name) for name in allowed}
    if {_bare(host), f"{_bare(host)}:{port}"} & names:
        return
    loopback, why = is_loopback(host)
    if loopback:
        return
    message = (
        f"load is not sent to {host}: {why}, and load on a backend that did not ask for it is an attack\n"
        f'hint: where the backend is yours, write below [load] in chatproof.toml: allow_hosts = ["{host}"]'
    )
    raise LoadRefusedError(message)


def is_loopback(host: str) -> tuple[bool, str]:
    """Whether a host is this machine by its addresses alone, and if not, why not."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False, "its name cannot be resolved"
    addresses = {str(entry[4][0]).partition("%")[0] for entry in found}
    foreign = sorted(text for text in addresses if not _is_loopback_address(text))
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        return False, f"{foreign[0]}{more} is not this machine's loopback" if host not in foreign else "not loopback"
    return bool(addresses), "it has no address"


def _is_loopback_address(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _bare(name: str) -> str:
    """A host as it is compared: without the brackets of an IPv6 address and without case."""
    return name.strip().lower().replace("[", "").replace("]", "").rstrip(".")


def refuse_taken_port(host: str, port: int) -> None:
    """Raises LoadRefusedError where a master could not listen there; an empty host stands for all addresses."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host or "0.0.0.0",  # noqa: S104 - where a master listens unless --master-bind-host says otherwise
            port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        said = (error.strerror or type(error).__name__).lower()
        message = (
            f"the master cannot listen on {host or 'all addresses'}, port {port}: {said}\n"
            "hint: another port with --master-port, given to the workers too, or another address with "
            "--master-bind-host; another master may be running here"
        )
        raise LoadRefusedError(message) from None


def make_room_for_files(plan: Plan, *, processes: int) -> int:
    """
    Raises the soft limit of open files where that many processes could not hold the plan's users, and returns it.

    LoadRefusedError where the hard limit does not allow what is needed.
    """
    users = max([plan.users, *(stage.users for stage in plan.stages)])
    needed = _MOST_NEEDED_PER_USER * math.ceil(users / max(1, processes)) + _OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return soft
    if hard != resource.RLIM_INFINITY and hard < needed:
        message = (
            f"{users} users need about {needed} open files in a process, and this machine allows {hard}\n"
            f"hint: raise the hard limit (`ulimit -n {needed}` as root, LimitNOFILE= of a service, `--ulimit nofile=` "
            "of a container), take more --processes, or fewer --users"
        )
        raise LoadRefusedError(message)
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return needed
