"""What a backend of the profile hybrid must do."""
