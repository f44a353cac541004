"""The metrics of a load run: their names, units and definitions, and how they follow from samples."""
