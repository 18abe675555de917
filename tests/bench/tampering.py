"""Two thousand changes to sealed settlements, and how our check answers each of them.

Single bytes, bits of a file put elsewhere, left out or doubled, revisions removed and added,
attachments swapped, and signatures replayed from another version, another case or another field.
Every one must be refused; what is not is named.
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()


from mediation.settlements.document.check import check_settlement  # noqa: E402
from mediation.settlements.document.report import Verdict  # noqa: E402
from tests.bench.room import say  # noqa: E402
from tests.settlements.document_attacks import (  # noqa: E402
    CHANGED,
    Change,
    replays,
    revisions,
    settlements,
)
from tests.settlements.document_samples import authority  # noqa: E402

SEED = 20261122
COUNTS = {"byte": 1400, "splice": 250, "cut": 150, "doubled": 150}


def changes() -> Iterator[Change]:
    """Kind of change and the changed file."""
    rnd = random.Random(SEED)
    for kind, count in COUNTS.items():
        for number in range(count):
            pdf = settlements()[("en", "zh")[number % 2]]
            yield kind, CHANGED[kind](rnd, pdf)
    for language in ("en", "zh"):
        yield from revisions(rnd, settlements()[language])
    yield from replays()


def _answer(change: Change) -> tuple[str, str, bool]:
    kind, pdf = change
    report = check_settlement(pdf, trusted_root_pem=ROOT)
    return kind, ", ".join(report.findings), report.verdict is Verdict.GENUINE


ROOT = b""


def _begin(root: bytes) -> None:
    global ROOT  # noqa: PLW0603  set once in each worker
    ROOT = root


def measure() -> dict[str, Any]:
    every = list(changes())
    root = authority().root_pem
    answers: dict[str, Counter[str]] = {}
    passed = []
    with ProcessPoolExecutor(
        2, mp_context=get_context("spawn"), initializer=_begin, initargs=(root,)
    ) as pool:
        for number, (kind, findings, is_genuine) in enumerate(
            pool.map(_answer, every, chunksize=20)
        ):
            answers.setdefault(kind, Counter())[findings or "genuine"] += 1
            if is_genuine:
                passed.append((number, kind))
    return {"changes": len(every), "passed": passed, "answers": answers}


def main(json_path: Path | None = None) -> None:
    figures = measure()
    say(json.dumps(figures, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if figures["passed"] else 0)
