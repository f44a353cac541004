"""The reports of a load run."""
