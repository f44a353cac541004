"""One load run: its generator, what it may do, and how it is judged."""
