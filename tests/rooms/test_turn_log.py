"""The TURN server as docs/operations.md sets it up keeps no addresses of people."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import ROOT, answers, free_port, own_folder, running
from tests.turn_server import Authority

# Where coturn puts a log of its own choice; /dev is where /dev/null with a date at its end is.
PLACES = [Path(place) for place in ("/var/log/turnserver", "/var/log", "/var/tmp", "/tmp", "/dev")]

pytestmark = pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is missing")


def documented() -> str:
    """What an operator copies into /etc/turnserver.conf."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    found = re.search(r"`/etc/turnserver\.conf`:\n\n```\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def adapted(lines: str, own: dict[str, object]) -> str:
    """The same with ports, addresses and files of this test; every one of them must be there."""
    for name, value in own.items():
        lines, count = re.subn(rf"^{name}=.*$", f"{name}={value}", lines, flags=re.MULTILINE)
        assert count == 1, name
    return lines


def account() -> dict[str, object]:
    """Root runs it as the account that Debian's service has, which may write in fewer places."""
    if os.getuid() != 0:
        return {}
    one = pwd.getpwnam("turnserver")
    return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


@contextmanager
def as_documented(folder: Path, port: int, who: dict[str, object]) -> Iterator[None]:
    certificate, key = Authority(folder).certify(folder)
    here = dict.fromkeys(("listening-ip", "relay-ip"), "127.0.0.1")
    ports = {"listening-port": port, "tls-listening-port": free_port()}
    own = {**here, **ports, "cert": certificate, "pkey": key, "static-auth-secret": "secret"}
    settings = folder / "turnserver.conf"
    settings.write_text(adapted(documented(), own))
    if who:
        for one in (certificate, key, settings):
            shutil.chown(one, who["user"], who["group"])
    # By lines, or it would die with what it said for the journal still in its buffer.
    command = ["stdbuf", "-oL", "turnserver", "-c", settings, "--pidfile="]
    command += [f"--userdb={folder / 'db'}"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with running(command, folder, lambda: answers(port), env=environment, **who):
        yield


def refused(port: int) -> bool:
    """Whether somebody with the secret was kept from a peer on the server's own network."""
    command = ["turnutils_uclient", "-W", "secret", "-p", str(port), "-n", "1", "-m", "1"]
    command += ["-e", "127.0.0.1", "-r", "9", "127.0.0.1"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=5)
    return "403 (Forbidden IP)" in done.stdout


def logs(folder: Path) -> dict[Path, int]:
    """Files that a coturn may have written, and how much is in them."""
    places = [folder, *PLACES]
    named = [one for place in places for kind in ("turn_*", "null_*") for one in place.glob(kind)]
    return {one: one.stat().st_size for one in named if one.is_file() and one.stat().st_size}


def test_the_documented_turn_server_keeps_nothing_of_whom_it_refused():
    who, port = account(), free_port()
    with own_folder(who) as folder:
        before = logs(folder)  # of others, or of days before
        with as_documented(folder, port, who):
            assert refused(port)
        assert logs(folder) == before
        # What it says itself goes to the journal; a library complains there of missing protocols.
        said = (folder / "log").read_text("utf-8").splitlines()
        assert [line for line in said if "Protocol not supported" not in line] == []
