"""How good predictions are: pure functions of outcomes, predictions, groups and a seed."""
