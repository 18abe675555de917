"""Everything people read exists in both languages, says the same, and is set as its language is."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

import mediation

CODE = Path(mediation.__file__).parent
CATALOGUES = sorted(path for folder in settings.LOCALE_PATHS for path in folder.rglob("*.po"))
ENTRIES = [entry for path in CATALOGUES for entry in polib.pofile(str(path)) if not entry.obsolete]

# What the program fills in: %(name)s, %s, a doubled %, {limit}, and tags with their attributes.
FILLED_IN = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}|<[^>]*>")
HAN = r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]"
HALF_WIDTH = re.compile(
    HAN + r"\s*[,;:?!()]|[,;:?!()]" + HAN + r"|[\u3400-\u9fff]\.|[\"'][\u3400-\u9fff]"
)
ENDINGS = {".": "。", "?": "？", "!": "！", ":": "：", ",": "："}
GLOSSARY = {
    "private talk": "单独会谈",
    "joint room": "共同调解室",
    "certificate of destruction": "销毁证明",
    "receipt": "凭证",
    "consent": "同意",
    "settlement": "协议",
    "the mediator": "调解员",
}


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def sources(entry: polib.POEntry) -> list[str]:
    return [text for text in (entry.msgid, entry.msgid_plural) if text]


def filled_in(text: str) -> Counter[str]:
    return Counter(FILLED_IN.findall(text))


def test_there_is_a_catalogue_for_every_language_but_the_source() -> None:
    wanted = {translation.to_locale(code) for code, _name in settings.LANGUAGES} - {"en"}

    assert {path.parts[-3] for path in CATALOGUES} == wanted


def test_every_string_is_translated_and_settled() -> None:
    assert [
        entry.msgid
        for entry in ENTRIES
        if entry.fuzzy or not all(text.strip() for text in translations(entry))
    ] == []


def test_chinese_has_one_form_for_every_number() -> None:
    assert [entry.msgid for entry in ENTRIES if len(translations(entry)) != 1] == []


def test_a_translation_fills_in_the_same_things() -> None:
    # A singular may leave its number out ("one day"); the Chinese form follows the plural.
    assert [
        entry.msgid
        for entry in ENTRIES
        if filled_in(sources(entry)[-1]) != filled_in(translations(entry)[0])
    ] == []


def test_chinese_is_set_with_full_width_marks() -> None:
    texts = [text for entry in ENTRIES for text in translations(entry)]

    assert [text for text in texts if HALF_WIDTH.search(FILLED_IN.sub("", text))] == []


def test_a_sentence_stays_a_sentence() -> None:
    ends = [(sources(entry)[-1], translations(entry)[0][-1:]) for entry in ENTRIES]
    full = set(ENDINGS.values())

    assert [
        text for text, end in ends if (end if end in full else None) != ENDINGS.get(text[-1])
    ] == []


def test_the_words_of_the_glossary_are_used() -> None:
    assert [
        (entry.msgid, ours)
        for entry in ENTRIES
        for word, ours in GLOSSARY.items()
        if word in entry.msgid.lower() and ours not in translations(entry)[0]
    ] == []


def bilingual(value: Any, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every table of a TOML file that is keyed by language."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from bilingual(one, f"{where}[{number}]")
    elif isinstance(value, dict):
        if {"en", "zh-hans"} & value.keys():
            yield where, value
        else:
            for name, one in value.items():
                yield from bilingual(one, f"{where}.{name}")


def spoken() -> Iterator[tuple[str, dict[str, str]]]:
    """The bilingual tables of all TOML files, also those whose languages are keys among others."""
    for path in sorted(CODE.rglob("*.toml")):
        yield from bilingual(tomllib.loads(path.read_text()), str(path.relative_to(CODE)))


def paired() -> list[tuple[Path, Path]]:
    """Files that exist once a language, as the fixed words of settlements do."""
    return [(path, path.with_name("zh-hans.toml")) for path in sorted(CODE.rglob("en.toml"))]


def flat(value: Any, where: str = "") -> dict[str, str]:
    if not isinstance(value, dict | list):
        return {where: str(value)}
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return {key: text for name, one in inside for key, text in flat(one, f"{where}.{name}").items()}


@pytest.mark.parametrize(("where", "texts"), list(spoken()))
def test_a_text_of_the_product_is_there_in_both_languages(
    where: str, texts: dict[str, str]
) -> None:
    english, chinese = texts.get("en", ""), texts.get("zh-hans", "")

    assert bool(english.strip()) == bool(chinese.strip())
    assert len(english.strip().splitlines()) == len(chinese.strip().splitlines())
    assert HALF_WIDTH.findall(chinese) == []


@pytest.mark.parametrize(("english", "chinese"), paired())
def test_the_words_of_a_settlement_are_there_in_both_languages(
    english: Path, chinese: Path
) -> None:
    ours, theirs = (flat(tomllib.loads(path.read_text())) for path in (english, chinese))
    filled = [{key: FILLED_IN.findall(text) for key, text in one.items()} for one in (ours, theirs)]

    assert theirs.keys() == ours.keys()
    assert all(theirs.values())
    assert filled[0] == filled[1]
    assert [text for text in theirs.values() if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize(
    ("code", "day", "moment"),
    [
        ("en", "22 November 2026", "22 November 2026, 14:05"),
        ("zh-hans", "2026年11月22日", "2026年11月22日 14:05"),
    ],
)
def test_dates_are_written_as_people_write_them(code: str, day: str, moment: str) -> None:
    page = Template('{{ day|date:"DATE_FORMAT" }}|{{ moment|date:"DATETIME_FORMAT" }}')
    at = Context({"day": date(2026, 11, 22), "moment": datetime(2026, 11, 22, 14, 5, tzinfo=UTC)})

    with translation.override(code):
        assert page.render(at) == f"{day}|{moment}"
