"""JSON web tokens: RFC 7519 and the best practices of RFC 8725."""
