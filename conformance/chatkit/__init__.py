"""What a backend of the profile chatkit must do."""
