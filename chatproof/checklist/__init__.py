"""The production checklist: boxes of the documents, and what ticks them."""
