"""The reports of a production checklist."""
