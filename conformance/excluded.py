"""
Rows of the catalogue that are no requirement of this suite yet, each with the reason.

Performance figures are not among them: they are targets of a load run (`chatproof/targets/documents.py`).
"""

from __future__ import annotations

__all__ = ["EXCLUDED"]

_HTTP2 = "the recorder speaks HTTP/1.1 only"
_UPSTREAM = "needs a scripted upstream behind the backend"
_LOG = "needs the backend's log"
_CLIENT = "demands something of the client, not of the backend"
_OURS = "demands something of this suite itself, and is one of its own tests"
_REMARK = "a remark of the standard that demands nothing of a backend"

EXCLUDED = {
    "AICHAT-AUTH-11": _UPSTREAM,
    "AICHAT-VAL-12": _UPSTREAM,
    "AICHAT-HDR-07": _HTTP2,
    "AICHAT-HDR-11": _UPSTREAM,
    "AICHAT-EVT-06": _UPSTREAM,
    "AICHAT-EVT-09": _UPSTREAM,
    "AICHAT-EVT-11": _UPSTREAM,
    "AICHAT-ERR-01": _UPSTREAM,
    "AICHAT-ERR-02": _UPSTREAM,
    "AICHAT-ERR-03": _UPSTREAM,
    "AICHAT-ERR-04": _UPSTREAM,
    "AICHAT-ERR-05": _UPSTREAM,
    "AICHAT-ERR-06": _UPSTREAM,
    "AICHAT-ERR-08": _UPSTREAM,
    "AICHAT-DISC-01": _UPSTREAM,
    "AICHAT-MEM-01": _UPSTREAM,
    "AICHAT-MEM-02": _UPSTREAM,
    "AICHAT-MEM-03": _UPSTREAM,
    "AICHAT-OBS-01": _LOG,
    "AICHAT-OBS-02": _LOG,
    "AICHAT-CLI-01": _CLIENT,
    "AICHAT-CLI-02": _CLIENT,
    "AGENT-HB-02": _OURS,
    "AGENT-GEN-06": "the guide names no upstream that a stand-in could take the place of",
    "AGENT-POLL-02": "nothing that the guide names breaks one of the two ways and leaves the other",
    "AGENT-CLI-01": _CLIENT,
    "AGENT-CLI-02": _CLIENT,
    "AGENT-CLI-03": _CLIENT,
    "AGENT-CLI-04": _CLIENT,
    "AGENT-CLI-05": _CLIENT,
    "STREAM-PERF-02": "a property of Stream's own service, which this backend does not carry",
    "CHATKIT-CLI-01": _CLIENT,
    "CKAPI-03": _OURS,
    "CKAPI-07": "the secret is used at OpenAI alone, so that only OpenAI could refuse it",
    "CKAPI-08": _REMARK,
    "CKSRV-LOC-01": "the language of an answer cannot be told from it",
    "HYBRID-MODE-02": _CLIENT,
    "HYBRID-MODE-03": _CLIENT,
    "SSE-REQ-01": _REMARK,
    "CORS-REQ": _REMARK,
    "HTTP-H2-01": _HTTP2,
    "HTTP-HEAD-01": _REMARK,
    "HTTP-POST-01": _REMARK,
}
