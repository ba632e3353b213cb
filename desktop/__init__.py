"""The window: what a nurse and a doctor see. Talks to ``engine.workflows`` and knows nothing of equations or tables."""
