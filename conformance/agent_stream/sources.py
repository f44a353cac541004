"""The documents that the requirements of this profile rest on, section by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = [
    "AUTHORING",
    "BROWSER",
    "CRON",
    "FALLBACK",
    "HEARTBEATS",
    "HOOK",
    "LAST_EVENT_ID",
    "LIMITS",
    "MANUAL",
    "MEMORY",
    "MONITOR",
    "PARSING",
    "PROBLEMS",
    "TWICE",
    "html",
]


def _guide(section: str) -> Source:
    return Source("Agent stream guide", section)


BROWSER = _guide("Test via Browser Console")
HEARTBEATS = BROWSER
HOOK = _guide("Step 3: Use the Hook Directly (Advanced)")
CRON = _guide("Step 4: Set Up Message Generation (Cron)")
MANUAL = _guide("Option C: Manual Testing")
MONITOR = _guide("Step 5: Monitor and Verify")
FALLBACK = _guide("Step 6: Fallback Behavior")
PROBLEMS = _guide("Troubleshooting")
TWICE = _guide("Problem: Messages duplicate?")
MEMORY = _guide("Problem: High memory usage?")


def html(section: str, anchor: str) -> Source:
    """A section of the WHATWG HTML standard on server-sent events."""
    return Source("WHATWG HTML", section, f"https://html.spec.whatwg.org/multipage/server-sent-events.html#{anchor}")


PARSING = html("9.2.6 Interpreting an event stream", "event-stream-interpretation")
LAST_EVENT_ID = html("9.2.4 The `Last-Event-ID` header", "the-last-event-id-header")
AUTHORING = html("9.2.7 Authoring notes", "authoring-notes")
LIMITS = html("9.2.7 Authoring notes: connections per server", "authoring-notes")
