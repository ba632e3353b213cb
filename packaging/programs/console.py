"""The console program ``lantern`` of the bundle."""

import sys

from engine.cli.__main__ import main

sys.exit(main())
