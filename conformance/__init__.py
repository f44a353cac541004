"""What a chat backend must do: a folder for each profile and shared standard, a file for each clause."""
