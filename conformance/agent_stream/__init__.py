"""What a backend of the profile agent-stream must do."""
