"""One person: the visit at the left, the risk at the right."""
