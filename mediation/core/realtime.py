"""Telling open sockets that something changed. Nothing is said before it is committed."""

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

# Every socket hub listens to this one group and looks up itself whom a notice concerns, so that
# group names can betray nothing and a lost notice is repaired by the hub's own sweep.
HUB_GROUP = "hub"


def publish(name: str, **facts: str) -> None:
    """After commit, tell every hub that `name` (e.g. "access.changed") happened.

    Facts are ids only; a hub that needs more reads it through `access`.
    """
    notice = {"type": "notice", "name": name, **facts}

    def send_notice() -> None:  # Django logs a failure by this name; a partial has none
        _send(notice)

    transaction.on_commit(send_notice, robust=True)


def _send(notice: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(HUB_GROUP, notice)
