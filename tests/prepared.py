"""What every Heyi of a run starts from, made once: a migrated database, and the scripts and styles
as they are served. A copy of them takes no time.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import ROOT, environment, make_database

COLLECT_STATIC = ["collectstatic", "--noinput", "--verbosity", "0", "--ignore", "rest_framework"]
MIGRATE = ["migrate", "--verbosity", "0"]


@contextmanager
def own_database(home: Path) -> Iterator[str]:
    """The DATABASE_URL of a migrated database of one's own: on the PostgreSQL that this run has, or
    a file in `home`.
    """
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        shutil.copy(_migrated_file(), home / "heyi.sqlite3")
        yield _file(home)
        return
    template = _migrated_on(server)
    with _database_on(server, template) as url:
        yield url


def lend_pages(home: Path) -> None:
    """Scripts and styles for the Heyi in `home`; they are only read."""
    (home / "static").symlink_to(_collected(), target_is_directory=True)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="heyi-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _collected() -> Path:
    _manage(*COLLECT_STATIC)
    return _folder() / "static"


def begin_with_migrated(test: dict[str, Any]) -> bool:
    """Let the database of these tests (Django's TEST settings) begin as a copy of a migrated one.
    Returns whether it is there already and is to be used as it is.
    """
    server = os.environ.get("DATABASE_URL", "")
    if server.startswith("postgres"):
        test["TEMPLATE"] = _migrated_on(server)
        return False
    shutil.copy(_migrated_file(), test["NAME"])
    return True


@cache
def _migrated_file() -> Path:
    """A migrated SQLite file. It stays for later runs, until a migration changes or is added."""
    kept = ROOT / "var" / "prepared" / _of_migrations()
    with _alone(kept):
        if not (kept / "heyi.sqlite3").exists():
            draft = kept / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            _manage(*MIGRATE, DATABASE_URL=_file(draft))
            (draft / "heyi.sqlite3").rename(kept / "heyi.sqlite3")
    return kept / "heyi.sqlite3"


@cache
def _migrated_on(server: str) -> str:
    """The name of a migrated database nobody uses but as a template; it goes with the server."""
    name = "prepared_" + _of_migrations()
    kept = ROOT / "var" / "prepared" / _of_migrations()
    with _alone(kept), psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if known.fetchone() is None:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}_draft"')
            make_database(connection, f"{name}_draft")
            _manage(*MIGRATE, DATABASE_URL=_named(server, f"{name}_draft"))
            connection.execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


@cache
def _of_migrations() -> str:
    """Another value for other migrations, ours or a library's."""
    read = sorted(ROOT.glob("mediation/*/migrations/*.py"))
    text = b"".join(path.read_bytes() for path in [*read, ROOT / "requirements.txt"])
    return sha256(text).hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; others wait. Folders of other migrations are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
        yield


@contextmanager
def _database_on(server: str, template: str) -> Iterator[str]:
    name = f"own_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        make_database(connection, name, template)
        try:
            yield _named(server, name)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _file(home: Path) -> str:
    return f"sqlite:///{home / 'heyi.sqlite3'}"


def _named(server: str, name: str) -> str:
    return server.rpartition("/")[0] + "/" + name


def _manage(*arguments: str, **settings: str) -> None:
    own = {**os.environ, **environment(_folder()), **settings}
    own.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=own, check=True)
