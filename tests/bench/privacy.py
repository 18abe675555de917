"""What privacy costs: sealing what is written, erasing 1,000 cases, the log and checking it.

On a PostgreSQL that does not wait for its disk, since that wait would hide what sealing costs; the
key ring is in a database of its own there. A message is written as it always is, and once more as
if there were no vault; target for the ratio: 1.15 at most. The cases have 200 messages and 5 files
each. BENCH_CASES, BENCH_MESSAGES, BENCH_FILES and BENCH_ROUNDS make it smaller. The log is the
measurement `log`, which can be taken alone.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import log
from tests.bench.room import say
from tests.servers import ROOT, environment, make_database, postgresql

INSIDE = [sys.executable, "-m", "tests.bench._privacy_inside"]
TARGET = 1.15


def measure() -> dict[str, Any]:
    sealing, written = _sealing(), log.measure()
    ratio = {"message_write_encrypted_vs_clear": sealing["message_write_encrypted_vs_clear"]}
    return {"ratios": {**ratio, **written["ratios"]}, "target": TARGET, **sealing, "log": written}


def _sealing() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder, postgresql() as database:
        with psycopg.connect(database, autocommit=True) as connection:
            make_database(connection, "keyring")
        own = {**os.environ, **environment(Path(folder)), "DATABASE_URL": database}
        own["KEYRING_DATABASE_URL"] = f"{database.rpartition('/')[0]}/keyring"
        own["DJANGO_SETTINGS_MODULE"] = "tests.bench._room_settings"
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=own, check=True)
        done = subprocess.run(INSIDE, cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(json_path: Path | None = None) -> None:
    figures = measure()
    say(json.dumps(figures, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    log.refuse_faults(figures["log"])
