"""Files attached to a person: what a reader finds in them, whose they are, and their pages as pictures."""
