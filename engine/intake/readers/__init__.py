"""Readers of files. They run inside a worker with limits (``engine.workers``) and answer with a ``Table``."""
