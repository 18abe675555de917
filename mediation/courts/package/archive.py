"""The ZIP around a package, written in exactly one way.

Files are stored, not compressed, in the order given, with the first moment a ZIP can tell as
their time (APPNOTE.TXT 4.4.6). The same files are therefore the same bytes, and a package is
intact only if writing its files again gives back every byte of it.
"""

from io import BytesIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
MOST_FILES = 40


class NotAnArchive(ValueError):
    """The bytes are not a ZIP as we write them; nothing of it may be trusted."""


def pack(files: dict[str, bytes]) -> bytes:
    """The archive of `files` (name to content), byte for byte the same every time."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(_entry(name), content)
    return target.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Name to content, in the archive's order. Raises NotAnArchive, also for compressed files:
    what comes out is never larger than what went in.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _require_plain(entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise NotAnArchive(str(error)) from error


def _require_plain(entries: list[ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > MOST_FILES or len(names) < len(entries):
        raise NotAnArchive("too many files, or one name twice")
    if any(entry.compress_type != ZIP_STORED for entry in entries):
        raise NotAnArchive("a file is compressed")


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, FIRST_MOMENT)
    entry.compress_type = ZIP_STORED
    entry.create_system = 3  # the same on every machine: 3 is Unix
    entry.external_attr = 0o100644 << 16
    return entry
