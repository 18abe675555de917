"""Small secret files: whole or not there, readable by us alone, written once."""

import os
import tempfile
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def private_folder(path: Path) -> None:
    """Make the folder for our eyes only, with its parents."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def create_once(*, path: Path, content: bytes) -> None:
    """Write the file (0600) unless it exists. Of several writers the first one's content stays.

    The content is complete and on disk before the name appears, so nobody reads half a key.
    """
    if path.exists():
        return
    private_folder(path.parent)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _publish(Path(draft), path)
    finally:
        Path(draft).unlink()


def remove(*, path: Path) -> None:
    """Overwrite and remove the file; harmless when it is gone already."""
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _sync_folder(path.parent)


def _publish(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
