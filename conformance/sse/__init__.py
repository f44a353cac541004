"""Server-sent events: WHATWG HTML section 9.2, for every profile's streams."""
