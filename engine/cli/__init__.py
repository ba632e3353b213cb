"""The ``lantern`` command: thin over ``engine.workflows``."""
