"""The learning studio: from a question to a model that two people sign."""
