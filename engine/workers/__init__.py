"""Starts, limits, talks to and ends short-lived child processes: the place where untrusted input is parsed.

Nothing is imported here on purpose: a child must get its limits before anything heavy is loaded
(``engine.workers.__main__``). Callers use ``engine.workers.launch``.
"""
