"""What a load run measured, line by line: the records of `samples.jsonl.gz`, how they are written and read."""

from chatproof.samples.records import (
    Delivery,
    End,
    Health,
    Mark,
    Pool,
    Reading,
    Record,
    Resumption,
    Sample,
    Start,
)

__all__ = ["Delivery", "End", "Health", "Mark", "Pool", "Reading", "Record", "Resumption", "Sample", "Start"]
