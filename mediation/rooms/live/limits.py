"""How much one person may send. Limits guard the others' talk; nobody meets them by typing."""

import time
from dataclasses import dataclass, field

from django.conf import settings


@dataclass
class Bucket:
    """A token bucket: `rate` a second, `burst` at once."""

    rate: float
    burst: float
    level: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.filled_at = self.burst, time.monotonic()

    def take(self) -> float:
        """Take one token. 0.0 when there was one, else the seconds until there will be."""
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate

    @property
    def is_full(self) -> bool:
        return self.level + (time.monotonic() - self.filled_at) * self.rate >= self.burst


def _messages() -> Bucket:
    # A measurement drives many messages through few people; nothing else changes this.
    rate = float(getattr(settings, "ROOM_MESSAGES_PER_SECOND", 5))
    return Bucket(rate, 4 * rate)


@dataclass
class Allowance:
    """What one person may do over all their sockets in this process."""

    messages: Bucket = field(default_factory=_messages)
    signals: Bucket = field(default_factory=lambda: Bucket(50, 200))
    # Apart from the signals, which carry keys: ways to a browser come in bursts.
    media: Bucket = field(default_factory=lambda: Bucket(50, 200))
    publications: Bucket = field(default_factory=lambda: Bucket(0.5, 5))
    others: Bucket = field(default_factory=lambda: Bucket(10, 60))
    sockets: Bucket = field(default_factory=lambda: Bucket(0.5, 30))

    @property
    def is_untouched(self) -> bool:
        """Whether forgetting it gives nobody anything."""
        buckets = (self.messages, self.signals, self.media, self.publications)
        return all(bucket.is_full for bucket in (*buckets, self.others, self.sockets))
