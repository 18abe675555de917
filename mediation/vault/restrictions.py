"""The second copy of what is restricted: a file beside the key-encryption keys.

An old backup of the key ring knows nothing of a restriction since. Whoever opens a key ring puts
those in this file upon it; one that was lifted since may be there again, and is lifted once more by
whoever may.
"""

import json
import os
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from mediation.core.private_files import PRIVATE_FILE, private_folder
from mediation.vault.errors import KeyringUnavailable

Row = tuple[str, str, str]


def write(rows: Collection[Row]) -> None:
    """Replace it with these (case, compartment, since when). Call while no other process can."""
    private_folder(_path().parent)
    draft = _path().with_suffix(".draft")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sorted(rows), file)
        file.flush()
        os.fsync(descriptor)
    draft.replace(_path())


def read() -> list[Row]:
    """Those in the file. Raises KeyringUnavailable if it is damaged."""
    try:
        return [(row[0], row[1], row[2]) for row in json.loads(_path().read_text())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, LookupError) as error:
        raise KeyringUnavailable("the list of restrictions is damaged") from error


def _path() -> Path:
    return Path(settings.KEK_DIR) / "restricted.json"
