"""How a set of entries becomes rows of the store, one file per step."""
