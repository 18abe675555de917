"""Faults in mid-talk, twenty times each at random moments: is anything lost, and how soon has
everybody caught up once it is mended?

Two web processes on PostgreSQL (every commit synced) and Redis; three people talk through sockets.
Anything lost, shown twice or out of order ends the measurement with an AssertionError.
"""

import asyncio
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.rooms.faults import FAULTS, site, try_fault

TURNS = 20


def measure() -> dict[str, Any]:
    return {name: _measure(name) for name in FAULTS}


def _measure(name: str) -> dict[str, Any]:
    with site() as where:
        outcome = asyncio.run(try_fault(where, FAULTS[name], TURNS))
    figures = {
        "turns": len(outcome.seconds),
        "messages": outcome.messages,
        "caught_up_median_s": round(statistics.median(outcome.seconds), 2),
        "caught_up_longest_s": round(max(outcome.seconds), 2),
    }
    say(f"{name:28} {json.dumps(figures)}")
    return figures


def say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)  # noqa: T201


def main(json_path: Path | None = None) -> None:
    figures = measure()
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
