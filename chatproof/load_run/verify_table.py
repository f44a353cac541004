"""The proof of the instrument as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["level_lines", "machine_line", "summary_lines", "table_head"]

_STATISTICS = ("p50", "p95", "p99")


def machine_line(machine: Mapping[str, Any]) -> str:
    """What the proof holds for."""
    cores = f"{machine['cores']} core" + ("s" if machine["cores"] != 1 else "")
    return (
        f"{cores}, {machine['cpu']}, {machine['system']}, Python {machine['python']}, chatproof {machine['chatproof']}"
    )


def table_head() -> str:
    """The head of the table: errors in ms, reported less true."""
    columns = "".join(f"{name:>9}" for name in _STATISTICS)
    return f"{'streams':<12}{'metric':<20}{columns}{'limit':>9}{'worst':>9}{'n':>9}"


def level_lines(level: Mapping[str, Any]) -> list[str]:
    """One line for each metric of a level; `!` stands after an error beyond its limit. Then why it is not valid."""
    lines = []
    for metric in dict.fromkeys(entry["metric"] for entry in level["errors"]):
        entries = {entry["statistic"]: entry for entry in level["errors"] if entry["metric"] == metric}
        cells = "".join(_cell(entries.get(name)) for name in _STATISTICS)
        any_entry = next(iter(entries.values()))
        worst = level["worst_ms"].get(metric)
        tail = f"{any_entry['limit_ms']:>8.3g} {'-' if worst is None else f'{worst:.2f}':>8} {any_entry['n']:>8}"
        lines.append(f"{level['name']:<12}{metric:<20}{cells}{tail}")
    lines += [f"{level['name']:<12}not valid: {reason}" for reason in level["reasons"]]
    return lines


def summary_lines(document: Mapping[str, Any]) -> list[str]:
    """Where the limits of the instrument lie, as far as these levels show it."""
    levels: Sequence[Mapping[str, Any]] = document["levels"]
    if not levels:
        return ["Nothing was measured."]
    lines = []
    for words, chosen in (
        ("started one after the other", [entry for entry in levels if not entry["at_once"] and _is_plain(entry)]),
        ("started all at once", [entry for entry in levels if entry["at_once"]]),
        ("over all forms of the wire", [entry for entry in levels if not entry["at_once"] and not _is_plain(entry)]),
    ):
        if chosen:
            lines.append(_reach(words, chosen))
    if any(level["matched"] and not level["kernel"] for level in levels):
        lines.append("The kernel does not tell when bytes arrive: times are those of our own reads.")
    return lines


def _reach(words: str, levels: Sequence[Mapping[str, Any]]) -> str:
    good = True
    reached = 0
    broken = ""
    for level in sorted(levels, key=lambda entry: entry["streams"]):
        good = good and level["valid"] and level["within"]
        if good:
            reached = level["streams"]
        elif not broken:
            broken = _why(level)
    found = (
        f"{words}: the errors keep their limits up to {reached} streams" if reached else f"{words}: no level is good"
    )
    return f"{found[0].upper()}{found[1:]}{f'; {broken}' if broken else '; more was not measured'}."


def _why(level: Mapping[str, Any]) -> str:
    if not level["valid"]:
        return f"{level['name']} is not valid ({level['reasons'][0]})"
    beyond = [entry for entry in level["errors"] if abs(entry["error_ms"]) > entry["limit_ms"]]
    worst = max(beyond, key=lambda entry: abs(entry["error_ms"]) / entry["limit_ms"])
    off = f"{worst['metric']}.{worst['statistic']} is off by {worst['error_ms']:+.2f} ms"
    return f"at {level['name']} {off} (limit {worst['limit_ms']:g} ms)"


def _is_plain(level: Mapping[str, Any]) -> bool:
    return len(level["forms"]) == 1


def _cell(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return f"{'-':>8} "
    mark = "!" if abs(entry["error_ms"]) > entry["limit_ms"] else " "
    return f"{entry['error_ms']:>+8.2f}{mark}"
