"""The reports of a capacity run."""
