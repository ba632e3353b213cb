"""Rows become a trained model, or a reason why not yet: pure functions, no file, no store, no chance without a seed."""
