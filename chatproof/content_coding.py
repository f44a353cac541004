"""The payload of an answer with its content coding taken off, read by read, so that times stay true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.inflate import Inflater, coding_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.recording import Exchange

__all__ = ["decoded_reads"]


def decoded_reads(exchange: Exchange) -> Iterator[tuple[int, bytes]]:
    """
    The reads of an exchange as (`at_ns`, bytes), with gzip or deflate taken off as the bytes arrived.

    A read that decodes to nothing yet is left out. After bytes that are not of the announced coding
    there is nothing more. A coding that we do not know is left on.
    """
    coding = coding_of(exchange.response.header("content-encoding")) if exchange.response else None
    inflater = Inflater(coding) if coding else None
    for read in exchange.reads:
        data = inflater.feed(read.data) if inflater else read.data
        if data:
            yield read.at_ns, data
