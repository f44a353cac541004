"""The report of runs over time."""
