"""Cross-origin rules of the Fetch standard, as a browser decides them."""
