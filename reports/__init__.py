"""One writer for each format, all reading the run document."""
