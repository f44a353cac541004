"""The proof of the instrument that a load's report cites: that of today, or a short one made now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chatproof.load_run.interrupts import counted_interrupts
from chatproof.load_run.proof import latest_proof, merged, store_proof
from chatproof.load_run.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["proof_before_load"]

_FRESH = timedelta(days=1)


def proof_before_load(say: Callable[[str], None], *, wanted: bool) -> tuple[Mapping[str, Any] | None, bool]:
    """
    The latest proof of this machine (None where there is none), and whether Ctrl-C ended it all.

    Where one is `wanted` and the latest is older than a day, a short one is made first, and kept where that can be. One
    that failed is told, and not cited: the load's own validity says what there is to say.
    """
    latest = latest_proof()
    if not wanted or (latest is not None and _is_fresh(latest)):
        return latest, False
    say("proving the instrument on this machine first, about 5 s (--no-verify goes without)")
    with counted_interrupts() as interrupts:
        try:
            made = verify(quick=True, stop=interrupts.stop)
        except KeyboardInterrupt:
            return latest, True
        except Exception as error:  # noqa: BLE001 - what fails here must not keep anybody from a load
            say(f"warning: the instrument could not be proved: {type(error).__name__}: {error}")
            return latest, False
        if interrupts.count:
            return latest, True
    if not made["valid"]:
        say("warning: the instrument could not be proved: `chatproof verify` says why")
        return latest, False
    both = merged(made, latest)
    try:
        store_proof(both)
    except (OSError, RuntimeError):
        say("warning: the proof cannot be kept; set XDG_CACHE_HOME to a folder")
    return both, False


def _is_fresh(proof: Mapping[str, Any]) -> bool:
    try:
        made_at = datetime.fromisoformat(str(proof.get("made_at")))
    except ValueError:
        return False
    return made_at.tzinfo is not None and datetime.now(UTC) - made_at < _FRESH
