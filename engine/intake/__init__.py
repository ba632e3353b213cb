"""Anything that arrives becomes entries here: files by ``importing``, one typed visit by ``typed``."""
