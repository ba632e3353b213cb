"""The parts every screen is made of. Each paints itself from the theme; texts in them are always plain text."""
