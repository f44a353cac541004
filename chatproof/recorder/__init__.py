"""The recorder: does to a backend what the scenarios say, and keeps what came of it, redacted."""

from chatproof.recorder.plan import LeftOut, Plan, plan, summary_of
from chatproof.recorder.schedule import OUT_OF_TIME, Recordings, record, record_async

__all__ = ["OUT_OF_TIME", "LeftOut", "Plan", "Recordings", "plan", "record", "record_async", "summary_of"]
