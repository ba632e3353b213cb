"""Erasing one person: every row of theirs in every table, the pages it lay in, and the copies that come back later."""
