"""Rows become a trained model: pure functions over columns, no file, no store, no randomness without a seed."""
