"""The list of everybody."""
