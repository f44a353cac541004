"""Load users and shapes."""
