"""The list of what ships: the digest of every pack, written by the command that makes them.

A pack is whole in itself, so a folder that was swapped for another pack of the same name would pass; the list sees it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from engine.errors import PackError
from engine.packs.strict import parse_json

DIGESTS_FILE = "digests.json"


def read_digests(folder: Path) -> Mapping[str, str]:
    """Return pack id -> digest (SHA-256, hex) as listed in a folder of packs; none where the list cannot be read."""
    try:
        listed = parse_json((folder / DIGESTS_FILE).read_bytes())
    except (OSError, PackError):
        return {}
    return {str(pack): str(digest) for pack, digest in listed.items()} if isinstance(listed, dict) else {}


def digests_text(digests: Mapping[str, str]) -> str:
    """Return the list as it stands in the file."""
    return json.dumps(dict(sorted(digests.items())), indent=1) + "\n"
