"""Rows of people with an outcome become a trained pack, or a reason why not yet."""
