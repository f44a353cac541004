"""What a backend of the profile stream-chat must do."""
