"""What all exchanges of a client use together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections import defaultdict
    from collections.abc import Callable

    from .addresses import Address
    from .deadlines import Deadlines
    from .epoll_set import SocketSet
    from .lags import Lags
    from .stamps import ArrivalClock

__all__ = ["Shared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """
    One each per client; `read_lags` is `lags.read`, one step nearer for the hot path.

    `answered` is told which address did. `tls_context` is None for cleartext, `host` is whose certificate is wanted.
    `pieces` is where every answer's body passes through, empty between two reads.
    """

    sockets: SocketSet
    clock: ArrivalClock
    deadlines: Deadlines
    lags: Lags
    read_lags: defaultdict[int, int]
    answered: Callable[[Address], None]
    tls_context: ssl.SSLContext | None
    host: str
    pieces: list[bytes] = field(default_factory=list)
