"""HTTP semantics and caching: RFC 9110, 9111, 9112, 6585 and 6750."""
