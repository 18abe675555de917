"""The real settings, without the limit on how fast one person may write."""

from mediation.settings import *  # noqa: F403

ROOM_MESSAGES_PER_SECOND = 1_000_000
