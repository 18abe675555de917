"""The command line behind script/bench."""

import argparse
import importlib
import pkgutil
from pathlib import Path

from tests import bench


def available() -> dict[str, str]:
    """Name and first docstring line of every measurement."""
    names = [m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith("_")]
    return {name: _first_line(name) for name in sorted(names)}


def _first_line(name: str) -> str:
    doc = importlib.import_module(f"tests.bench.{name}").__doc__ or ""
    return doc.strip().partition("\n")[0]


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure one thing.")
    parser.add_argument("name", nargs="?", help="without a name, lists what can be measured")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args()
    if chosen.name is None:
        print("\n".join(f"{name:16} {line}" for name, line in available().items()))  # noqa: T201
        return
    if chosen.name not in available():
        parser.error(f"no measurement is called {chosen.name}: see script/bench")
    importlib.import_module(f"tests.bench.{chosen.name}").main(chosen.json)


if __name__ == "__main__":
    main()
