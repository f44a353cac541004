"""Charts as data become geometry, geometry becomes SVG with a table behind it."""
