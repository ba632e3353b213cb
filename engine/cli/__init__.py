"""The ``lantern`` command: thin over ``engine.workflows``."""

import os

# Set before NumPy is loaded. On two cores that others use too, the threads of its linear algebra wait for each other at
# every small product: training on 3,000 people took 490 s with two threads and 12 s with one. Sums also come out the
# same on every machine of a kind, whatever its number of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
