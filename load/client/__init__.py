"""The stream client of the hot path: many streams in one process, each read stamped before it is parsed."""
