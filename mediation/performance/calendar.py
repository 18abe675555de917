"""Days as a calendar file (RFC 5545), written by hand: whole days without time zones, texts of
our own only, so that nothing of a settlement gets into a calendar others may see.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75


def calendar_file(
    *, days: Iterable[tuple[str, date]], title: str, url: str, made_at: datetime
) -> bytes:
    """One entry a day, each with the same title and link; `days` are (lasting id, day)."""
    stamp = made_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Heyi//Heyi//EN"]
    for uid, day in days:
        lines += _event(uid, day, title, url, stamp)
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"]).encode()


def _event(uid: str, day: date, title: str, url: str, stamp: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"SUMMARY:{_escaped(title)}"
    yield f"URL:{url}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """RFC 5545 3.3.11."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line, never inside a character (RFC 5545 3.1)."""
    folded, room = "", LINE_OCTETS
    for character in line:
        size = len(character.encode())
        if size > room:
            folded, room = folded + "\r\n ", LINE_OCTETS - 1
        folded, room = folded + character, room - size
    return folded + "\r\n"
