"""A Heyi in a process of its own, which tests may kill and start again: with one case in mediation,
or with the data of the demonstration.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from tests.prepared import MIGRATE, lend_pages, own_database
from tests.servers import ROOT, environment, free_port

SEED = """
import json, django; django.setup()
from tests.factories.cast import make_cast
from mediation.rooms.services import open_rooms
from tests.rooms.sockets import sign_in
cast = make_cast()
joint, caucus_a, caucus_b = open_rooms(case=cast.case)
parts = {str(p.user_id): str(p.pk) for p in cast.case.participants.all()}
people = {name: getattr(cast, name) for name in ("party_a", "party_b", "mediator", "stranger")}
print(json.dumps({
    "case": str(cast.case.pk),
    "rooms": {"joint": str(joint.pk), "caucus_a": str(caucus_a.pk), "caucus_b": str(caucus_b.pk)},
    "sessions": {name: sign_in(user).session_key for name, user in people.items()},
    "participants": {name: parts.get(str(user.pk)) for name, user in people.items()},
}))
"""
START_SECONDS = 60


@dataclass
class House:
    """The server, its folder, and what it was seeded with: `sessions` has a session key for each
    of its people.
    """

    home: Path
    port: int
    environment: dict[str, str]
    case: str = ""
    rooms: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    participants: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def python(self, source: str) -> str:
        """What a piece of Python printed that ran with this installation's settings."""
        command = [sys.executable, "-c", source]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def manage(self, *arguments: str) -> str:
        """What a management command of this installation printed. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def plant(self, seed: str) -> None:
        """Run the source and remember what it printed, as JSON, under its names."""
        for name, value in json.loads(self.python(seed)).items():
            setattr(self, name, value)

    @property
    def log(self) -> str:
        """What the server printed so far."""
        return (self.home / "log").read_text(encoding="utf-8")

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.log[-4000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/help/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(with_signal)
            self.process.wait(20)

    def kill(self) -> None:
        """As a power cut would: nothing is written or said any more."""
        self.stop(signal.SIGKILL)


@contextmanager
def house(seed: str = SEED, *, with_pages: bool = False, **settings: str) -> Iterator[House]:
    """A seeded, running Heyi; `with_pages` also gives it scripts and styles for browsers."""
    with _ready(with_pages=with_pages, **settings) as running:
        running.plant(seed)
        running.start()
        yield running


@contextmanager
def demonstration() -> Iterator[House]:
    """Heyi as script/serve runs it: with the demonstration's data, and the worker beside it."""
    with _ready(with_pages=True, EMBED_WORKER="1") as running:
        running.manage("load_demo")
        running.start()
        yield running


@contextmanager
def _ready(*, with_pages: bool, **settings: str) -> Iterator[House]:
    """A migrated Heyi that is yet to be started, on a database of its own: on the PostgreSQL of
    this run or, without one, a file. A DATABASE_URL of the caller's is migrated.
    """
    home, port = Path(tempfile.mkdtemp(prefix="heyi-house-")), free_port()
    own = {**os.environ, **environment(home), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    own |= {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "mediation.settings", **settings}
    running = House(home, port, own)
    with ExitStack() as stack:
        stack.callback(rmtree, home, ignore_errors=True)
        if "DATABASE_URL" in settings:
            running.manage(*MIGRATE)
        else:
            own["DATABASE_URL"] = stack.enter_context(own_database(home))
        if with_pages:
            lend_pages(home)
        stack.callback(running.stop)
        yield running
