"""Plain statistics that more than one room needs, with intervals. NumPy and the standard library alone."""
