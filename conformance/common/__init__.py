"""What the profiles share: the requests that scenarios send, and scenarios that differ by their request alone."""
