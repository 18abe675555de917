import resource
import socket
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Command(BaseCommand):
    help = "Serve pages, sockets and (EMBED_WORKER=1) the worker in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="migrate and load data first")

    def handle(self, *args: Any, host: str, port: int, prepare: bool, **options: Any) -> None:
        refuse_unsafe(host)
        refuse_taken(host, port)
        if prepare:
            bring_up_to_date()
        self.stdout.write(f"Heyi is at http://{host}:{port}/  (Ctrl-C stops it)")
        if settings.DEMO:
            call_command("demo_links", base=f"http://{host}:{port}", stdout=self.stdout)
        self.stdout.flush()
        allow_many_sockets()
        uvicorn.run(
            "mediation.asgi:application",
            host=host,
            port=port,
            ws="websockets-sansio",
            ws_max_size=65536,
            ws_per_message_deflate=False,  # halves memory; no compression side channel
            server_header=False,
            access_log=False,  # addresses of people are not kept
            log_level="warning",
            timeout_graceful_shutdown=2,
        )


def allow_many_sockets() -> None:
    """Raise the limit of open files to what the system allows: each socket is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def bring_up_to_date() -> None:
    """Create or migrate the database; in a demonstration, also load its data (once)."""
    call_command("migrate", verbosity=0)
    if settings.DEMO:
        call_command("load_demo")


def refuse_taken(host: str, port: int) -> None:
    """Raise CommandError, before anything is printed, for a port somebody else listens on."""
    family, kind, protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another one with --port."
            ) from error


def refuse_unsafe(host: str) -> None:
    """Raise CommandError for a demonstration, or its public secret, that others could reach."""
    is_demo = settings.DEMO or settings.SECRET_KEY == settings.DEMO_SECRET
    if is_demo and host not in LOOPBACK:
        raise CommandError(
            "Demo mode signs anybody in and its secret is public: it runs on 127.0.0.1 only."
        )
