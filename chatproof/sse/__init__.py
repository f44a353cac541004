"""Server-sent events, exactly as WHATWG HTML section 9.2 has a browser read them."""

from chatproof.sse._decoder import Decoder, decode
from chatproof.sse._frames import Comment, Event, Frame, Silent, Stream, Violation

__all__ = ["Comment", "Decoder", "Event", "Frame", "Silent", "Stream", "Violation", "decode"]
