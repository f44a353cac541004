"""Runs over time, in a SQLite database."""
