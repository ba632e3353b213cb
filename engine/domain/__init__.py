"""Frozen nouns that several rooms share. Nothing here reads a file, a clock or a screen."""
