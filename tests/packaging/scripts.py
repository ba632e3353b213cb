"""The scripts of ``packaging/``, loaded as Python finds them when one of them is started."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

PACKAGING = Path(__file__).parents[2] / "packaging"


def load(file: Path) -> ModuleType:
    """Load a script with the scripts beside it, and leave nothing of them in this process."""
    spec = importlib.util.spec_from_file_location(f"{file.stem}_under_test", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path, before = list(sys.path), dict(sys.modules)
    sys.modules[spec.name] = module  # dataclasses look for their module there
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = path
        for name in {each.stem for each in file.parent.glob("*.py")} - before.keys():
            sys.modules.pop(name, None)
    return module
