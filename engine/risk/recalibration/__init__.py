"""A risk against recorded outcomes: how well it fits, and a pack that fits better where they allow it."""
