"""A throw-away Janus, and a network of one's own for what it sends."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import Running, answers, free_port, own_folder, running


@dataclass(frozen=True)
class Media:
    """A Janus: where it is reached, and what a process must know to be let in."""

    url: str
    secret: str
    admin_key: str
    running: Running
    home: Path

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a Heyi whose larger calls go through it."""
        return {
            "MEDIA_SERVER_URL": self.url,
            "MEDIA_SERVER_SECRET": self.secret,
            "MEDIA_SERVER_ADMIN_KEY": self.admin_key,
        }


JANUS_CORE = """
general: {{ configs_folder = "{folder}", plugins_folder = "{plugins}"
  transports_folder = "{transports}", api_secret = "{secret}", admin_secret = "{admin_secret}"
  debug_level = 4, debug_timestamps = true, hide_dependencies = true, session_timeout = 60 }}
media: {{ rtp_port_range = "20000-20400" }}
nat: {{ nice_debug = false, ice_enforce_list = "{interface}" }}
plugins: {{ disable = "{no_plugins}" }}
transports: {{ disable = "{no_transports}" }}
events: {{ broadcast = false }}
"""
JANUS_SOCKET = """
general: {{ json = "compact", ws = true, ws_port = {port}, ws_ip = "127.0.0.1", wss = false }}
admin: {{ admin_ws = false, admin_wss = false }}
"""
JANUS_ROOMS = """
general: {{ admin_key = "{admin_key}", lock_rtp_forward = true, string_ids = true }}
"""


@contextmanager
def janus(interface: str = "lo") -> Iterator[Media]:
    """A Janus with the videoroom plugin and nothing else, whose API listens on loopback only.

    Media go through `interface`; on loopback there are none, because libnice will not use it.
    """
    with own_folder({}) as folder:
        port, libraries = free_port(), _janus_libraries()
        secrets = {"secret": "throw-away-secret", "admin_key": "throw-away-key"}
        known = {**secrets, "folder": folder, "port": port, "interface": interface}
        known |= {"admin_secret": "throw-away-admin"}
        for kind, keep in (("plugins", "videoroom"), ("transports", "websockets")):
            others = [one.name for one in (libraries / kind).iterdir() if keep not in one.name]
            known |= {kind: libraries / kind, f"no_{kind}": ",".join(sorted(others))}
        (folder / "janus.jcfg").write_text(JANUS_CORE.format(**known))
        (folder / "janus.transport.websockets.jcfg").write_text(JANUS_SOCKET.format(**known))
        (folder / "janus.plugin.videoroom.jcfg").write_text(JANUS_ROOMS.format(**known))
        command = ["janus", "--config", folder / "janus.jcfg", "--configs-folder", folder]
        with running(command, folder, lambda: answers(port)) as process:
            yield Media(f"ws://127.0.0.1:{port}", **secrets, running=process, home=folder)


CLONE_NEWNET = 0x40000000  # linux/sched.h
ENDS = ("media0", "media1")
ADDRESS = "10.99.0.1"  # of the first


@contextmanager
def own_network() -> Iterator[str]:
    """A network of this thread's own, and of whatever it starts meanwhile: loopback, and one
    interface that leads nowhere, whose name is given. Raises PermissionError where the machine
    allows nobody to make one.

    libnice, which Janus uses, will not send media over loopback, and nothing should leave here.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise PermissionError(os.strerror(ctypes.get_errno()))
        try:
            _make_interface()
            yield ENDS[0]
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def _make_interface() -> None:
    try:
        for command in (
            "link set lo up",
            f"link add {ENDS[0]} type veth peer name {ENDS[1]}",
            f"addr add {ADDRESS}/24 dev {ENDS[0]}",
            f"link set {ENDS[0]} up",
            f"link set {ENDS[1]} up",
            f"route add default dev {ENDS[0]}",
        ):
            subprocess.run(["ip", *command.split()], check=True)
    except subprocess.CalledProcessError as error:
        raise PermissionError(str(error)) from error


def _janus_libraries() -> Path:
    """Debian keeps Janus' plugins in a folder named for the machine's kind."""
    found = next(Path("/usr/lib").glob("*/janus"), None)
    if found is None:
        raise FileNotFoundError("janus is missing: run script/setup --for-tests")
    return found
