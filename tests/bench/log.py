"""The log: eight writers at once beside plain inserts, and a million leaves checked offline.

On a PostgreSQL of its own that keeps what it commits (fsync). Each writer is a process that records
an event and commits, a thousand times; the sequencer runs beside them. The plain insert is one row
of the same size, committed alone. Then every place of the tree must be taken exactly once.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.room import say
from tests.servers import ROOT, environment, postgresql

WRITERS = int(os.environ.get("BENCH_LOG_WRITERS", "8"))
EVENTS = int(os.environ.get("BENCH_LOG_EVENTS", "1000"))
LEAVES = int(os.environ.get("BENCH_LOG_LEAVES", "1000000"))
TURNS = 3
PRELUDE = """
import sys, time, uuid
import django
django.setup()
from django.db import connection, transaction
from mediation.audit import services
from mediation.vault.models import SealedFile
person, case, count = SealedFile(pk=uuid.uuid4()), uuid.UUID(sys.argv[1]), int(sys.argv[2])
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.readline()
"""
RECORD = """
for _ in range(count):
    services.record(actor=person, action="file.shared", target=person, case_id=case, pages=3)
"""
INSERT = """
row = "x" * 500
for _ in range(count):
    with transaction.atomic():
        connection.cursor().execute("INSERT INTO bench_plain (row) VALUES (%s)", [row])
"""
SEAL = """
import select
while not select.select([sys.stdin], [], [], 0.5)[0]:
    services.seal_pending()
services.seal_pending()
services.checkpoint()
"""
CHECK = """
import json, django; django.setup()
from mediation.audit.models import Entry, Leaf, Pending, TreeHead
from mediation.audit.services import check_log
leaves = list(Leaf.objects.values_list("segment", "leaf_index"))
sizes = dict(TreeHead.objects.values_list("segment", "size"))
wanted = {(segment, index) for segment, size in sizes.items() for index in range(size)}
print(json.dumps({
    "forks": len(leaves) - len(set(leaves)) + len(wanted ^ set(leaves)),
    "entries": Entry.objects.count(), "leaves": len(leaves), "waiting": Pending.objects.count(),
    "faults": len(check_log()),
}))
"""


def _start(source: str, own: dict[str, str], *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", source, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=own, cwd=ROOT, text=True, stdin=pipe, stdout=pipe)


def _begin(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", "a writer did not start"


def _rate(source: str, own: dict[str, str]) -> float:
    """Commits a second of all writers together."""
    case = uuid.uuid4()
    writers = [_start(PRELUDE + source, own, case, EVENTS) for _ in range(WRITERS)]
    for writer in writers:
        _ready(writer)
    began = time.perf_counter()
    for writer in writers:
        _begin(writer)
    ends = [writer.wait() for writer in writers]
    assert set(ends) == {0}
    return WRITERS * EVENTS / (time.perf_counter() - began)


@contextmanager
def _sequencer(own: dict[str, str]) -> Iterator[None]:
    process = _start(PRELUDE + SEAL, own, uuid.uuid4(), 0)
    _ready(process)
    _begin(process)
    try:
        yield
    finally:
        _begin(process)
        assert process.wait() == 0


def _appending() -> dict[str, Any]:
    rates: dict[str, list[float]] = {"append": [], "insert": []}
    with tempfile.TemporaryDirectory() as home, postgresql(is_durable=True) as url:
        own = {**os.environ, **environment(Path(home)), "DATABASE_URL": url}
        own |= {"DJANGO_SETTINGS_MODULE": "mediation.settings", "PYTHONPATH": str(ROOT)}
        _run(own, "manage.py", "migrate", "--verbosity", "0")
        _run(own, "-c", PLAIN)
        for _ in range(TURNS):
            rates["insert"].append(_rate(INSERT, own))
            with _sequencer(own):
                rates["append"].append(_rate(RECORD, own))
        found = json.loads(_run(own, "-c", CHECK))
    wanted = TURNS * WRITERS * EVENTS
    assert found["entries"] == found["leaves"] == wanted, found
    return {"per_second": {name: round(max(seen), 1) for name, seen in rates.items()}, **found}


PLAIN = """
import django; django.setup()
from django.db import connection
connection.cursor().execute("CREATE TABLE bench_plain (id bigserial PRIMARY KEY, row text)")
"""


def _run(own: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=own, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


WRITE_YEAR = """
import sys; from pathlib import Path; import django; django.setup()
from tests.audit import vectors
vectors.write_many(Path(sys.argv[1]), int(sys.argv[2]))
"""
VERIFY = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
"""


def _verifying() -> dict[str, Any]:
    """Seconds and memory of the downloaded verifier for a whole year."""
    verifier = ROOT / "mediation" / "audit" / "offline" / "heyi_log.py"
    key = ROOT / "tests" / "audit" / "vectors" / "log-key.txt"
    with tempfile.TemporaryDirectory() as home:
        year = Path(home) / "year"
        own = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
        _run(own, "-c", WRITE_YEAR, str(year), str(LEAVES))
        began = time.perf_counter()
        told = _run(
            dict(os.environ), "-I", "-c", VERIFY, str(verifier), str(year), "--key", str(key)
        )
        seconds = time.perf_counter() - began
    assert "sound" in told, told
    return {
        "leaves": LEAVES,
        "seconds": round(seconds, 1),
        "peak_mib": int(told.splitlines()[-1]) // 1024,
    }


def measure() -> dict[str, Any]:
    appending, verifying = _appending(), _verifying()
    rates = appending["per_second"]
    return {
        "writers": WRITERS,
        "events_each": EVENTS,
        "appending": appending,
        "verifying": verifying,
        "ratios": {
            "audit_append_vs_insert": round(rates["append"] / rates["insert"], 3),
            "audit_forks": appending["forks"],
        },
    }


def main(json_path: Path | None = None) -> None:
    figures = measure()
    rates, checked = figures["appending"]["per_second"], figures["verifying"]
    say(f"{'':28}{'commits a second':>18}")
    say(f"{'plain insert':28}{rates['insert']:>18}")
    say(f"{'record an event':28}{rates['append']:>18}")
    say(f"{'ratio':28}{figures['ratios']['audit_append_vs_insert']:>18}")
    say(f"{'forks':28}{figures['ratios']['audit_forks']:>18}")
    say(f"{'faults in the whole log':28}{figures['appending']['faults']:>18}")
    say(f"{checked['leaves']} leaves checked in {checked['seconds']} s, {checked['peak_mib']} MiB")
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    refuse_faults(figures)


def refuse_faults(figures: dict[str, Any]) -> None:
    """End with status 1 if a place of the tree was taken twice or not at all, or if checking the
    whole log found a fault.
    """
    if figures["ratios"]["audit_forks"] or figures["appending"]["faults"]:
        sys.exit(1)
