"""Language, look, units, paper, country, and what the program is made of."""
