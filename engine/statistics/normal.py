"""The standard normal distribution."""

from __future__ import annotations

NORMAL_95 = 1.959963984540054  # its 97.5th percentile
