"""The recorder: does to a backend what the scenarios say, and keeps what came of it, redacted."""

from chatproof.recorder.plan import LeftOut, Plan, plan, summary_of
from chatproof.recorder.schedule import OUT_OF_TIME, Job, Recordings, record, record_async, record_profiles

__all__ = [
    "OUT_OF_TIME",
    "Job",
    "LeftOut",
    "Plan",
    "Recordings",
    "plan",
    "record",
    "record_async",
    "record_profiles",
    "summary_of",
]
