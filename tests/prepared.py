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
from functools import cache
from pathlib import Path

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


@cache
def _migrated_file() -> Path:
    _manage(*MIGRATE, DATABASE_URL=_file(_folder()))
    return _folder() / "heyi.sqlite3"


@cache
def _migrated_on(server: str) -> str:
    """The name of a migrated database nobody uses but as a template; it goes with the server."""
    name = f"prepared_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        make_database(connection, name)
    _manage(*MIGRATE, DATABASE_URL=_named(server, name))
    return name


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
