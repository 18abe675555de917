"""A dispute as data: who, what they write, and what they agree on. One TOML file a story."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "stories"


@dataclass(frozen=True)
class Line:
    """One message: in the joint room, or in the caucus of a side."""

    who: str
    text: str
    side: str = ""


@dataclass(frozen=True)
class Story:
    """A story in one language."""

    key: str
    language: str
    category: str
    amount: str
    currency: str
    profile: str
    names: dict[str, str]
    addresses: dict[str, str]
    texts: dict[str, str]
    lines: tuple[Line, ...]
    settlement: dict[str, Any]
    offer: dict[str, Any]
    course: dict[str, Any]


def story_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_story(key: str, language: str) -> Story:
    """The story `key` in `en` or `zh-hans`. Raises FileNotFoundError."""
    raw = tomllib.loads((FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    return Story(
        key=key,
        language=language,
        category=raw["category"],
        amount=raw["amount"],
        currency=raw["currency"],
        profile=raw["profile"],
        names={who: name[language] for who, name in raw["people"].items()},
        addresses={who: text[language] for who, text in raw["address"].items()},
        texts={name: raw[name][language] for name in ("summary", "background", "wishes")},
        lines=_lines(raw, language),
        settlement=_in_language(raw["settlement"], language),
        offer=_in_language(raw.get("offer", {}), language),
        course=_in_language(raw.get("course", {}), language),
    )


def _lines(raw: dict[str, Any], language: str) -> tuple[Line, ...]:
    joint = [Line(line["who"], line[language]) for line in raw["joint"]]
    caucus = [Line(line["who"], line[language], line["side"]) for line in raw["caucus"]]
    return (*joint[:1], *caucus, *joint[1:])


def _in_language(value: Any, language: str) -> Any:
    if isinstance(value, dict) and language in value:
        return value[language]
    if isinstance(value, dict):
        return {key: _in_language(inner, language) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_language(inner, language) for inner in value]
    return value
