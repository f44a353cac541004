"""One exchange as an entry of a HAR 1.2 file (http://www.softwareishard.com/blog/har-12-spec/), and back."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from chatproof.recording import End, Exchange, Read, Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["entry_of", "exchange_of"]

_MS = 1_000_000
_UNKNOWN = -1


def entry_of(exchange: Exchange, recording_started_at: str) -> dict[str, Any]:
    """The entry of an exchange; the fields that HAR lacks stand in `_chatproof`."""
    started = datetime.fromisoformat(recording_started_at) + timedelta(microseconds=exchange.started_ns / 1000)
    wait = exchange.response.at_ns / _MS if exchange.response else 0.0
    receive = max(0.0, exchange.ended_ns / _MS - wait)
    return {
        "startedDateTime": started.isoformat(timespec="milliseconds"),
        "time": wait + receive,
        "request": _request(exchange.request),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
        "connection": str(exchange.connection),
        "comment": exchange.label,
        "_chatproof": {
            "label": exchange.label,
            "scenario": exchange.scenario,
            "body": _data(exchange.request.body),
            "answered": exchange.response is not None,
            "version": exchange.response.version if exchange.response else "",
            "at_ns": exchange.response.at_ns if exchange.response else 0,
            "first_byte_ns": exchange.response.first_byte_ns if exchange.response else 0,
            "reads": [{"at_ns": read.at_ns, **_data(read.data)} for read in exchange.reads],
            "end": exchange.end.value,
            "started_ns": exchange.started_ns,
            "ended_ns": exchange.ended_ns,
            "connection": exchange.connection,
            "attempts": exchange.attempts,
            "trouble": exchange.trouble,
            "findings": dict(exchange.findings),
        },
    }


def exchange_of(entry: Mapping[str, Any]) -> Exchange:
    """The exchange of an entry; KeyError, TypeError or ValueError where it is none of ours."""
    kept = entry["_chatproof"]
    request = entry["request"]
    return Exchange(
        label=kept["label"],
        scenario=kept["scenario"],
        request=Request(
            method=request["method"],
            url=request["url"],
            headers=_pairs(request["headers"]),
            body=_bytes(kept["body"]),
        ),
        response=_answer(entry["response"], kept) if kept["answered"] else None,
        reads=tuple(Read(at_ns=read["at_ns"], data=_bytes(read)) for read in kept["reads"]),
        end=End(kept["end"]),
        started_ns=kept["started_ns"],
        ended_ns=kept["ended_ns"],
        connection=kept["connection"],
        attempts=kept["attempts"],
        trouble=kept["trouble"],
        findings=kept["findings"],
    )


def _answer(response: Mapping[str, Any], kept: Mapping[str, Any]) -> Response:
    return Response(
        status=response["status"],
        reason=response["statusText"],
        version=kept["version"],
        headers=_pairs(response["headers"]),
        at_ns=kept["at_ns"],
        first_byte_ns=kept["first_byte_ns"],
    )


def _request(request: Request) -> dict[str, Any]:
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    entry: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(request.headers),
        "queryString": _named(query),
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
    }
    if request.body:
        text = request.body.decode("utf-8", "replace")
        entry["postData"] = {"mimeType": request.header("content-type") or "", "params": [], "text": text}
    return entry


def _response(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    data = _data(exchange.body)
    content: dict[str, Any] = {"size": len(exchange.body), "mimeType": response.media_type if response else ""}
    content |= {"text": data["text"]} if "text" in data else {"text": data["base64"], "encoding": "base64"}
    return {
        "status": response.status if response else 0,
        "statusText": response.reason if response else "",
        "httpVersion": response.version if response else "",
        "cookies": [],
        "headers": _named(response.headers if response else ()),
        "content": content,
        "redirectURL": (response.header("location") if response else None) or "",
        "headersSize": _UNKNOWN,
        "bodySize": len(exchange.body),
    }


def _named(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _pairs(headers: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((header["name"], header["value"]) for header in headers)


def _data(data: bytes) -> dict[str, str]:
    """Bytes as text where they are UTF-8, else as base64."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _bytes(kept: Mapping[str, str]) -> bytes:
    return kept["text"].encode() if "text" in kept else base64.b64decode(kept["base64"])
