"""The opening we ship, in every language we speak: one TOML file a version."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class OpeningWords:
    """An opening statement, and the ground rules one a line."""

    statement: str
    rules: str


@dataclass(frozen=True)
class StandardOpening:
    """One version of the text we ship, in every language we speak."""

    version: int
    words: Mapping[str, OpeningWords]


@cache
def standard_opening(version: int | None = None) -> StandardOpening:
    """The text we ship, the newest unless a version is named. Old ones stay for ever, so that what
    was confirmed can be read as it was.
    """
    found = [path for path in FOLDER.glob("opening-*.toml") if version in (None, _version(path))]
    path = max(found, key=_version)
    text = tomllib.loads(path.read_text(encoding="utf-8"))
    words = {
        language: OpeningWords(text["statement"][language].strip(), text["rules"][language].strip())
        for language in text["statement"]
    }
    return StandardOpening(_version(path), words)


def _version(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])
