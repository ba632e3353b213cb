"""Bring in a file: columns, check, store."""
