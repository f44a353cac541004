"""The reports of a gate: a check and a smoke load in one."""
