"""What follows from the rungs of a capacity run: the scalability law, its charts, and a plan from users to replicas."""

from .enrichment import enriched

__all__ = ["enriched"]
