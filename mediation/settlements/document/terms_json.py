"""Terms to canonical JSON and back.

The canonical form has sorted keys, no spaces, UTF-8 without escapes, amounts as strings: the same
terms are always the same bytes, so a hash of them means something. Reading is strict: unknown,
missing and doubled keys are refused with a sentence that says where.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mediation.settlements.document.terms import VERSIONS, Terms

MAX_BYTES = 1_000_000
AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,4})?")


class TermsUnreadable(ValueError):
    """The bytes are not terms; `where` is a path such as `obligations[2].amount`."""

    def __init__(self, where: str, message: str | Promise) -> None:
        self.where = where
        self.message = message
        super().__init__(f"{where}: {message}" if where else str(message))


def to_json(terms: Terms) -> bytes:
    """The canonical bytes of `terms`, UTF-8."""
    plain = _plain(terms, VERSIONS[terms.schema])
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def terms_hash(terms: Terms) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(to_json(terms)).hexdigest()


def read_back_code(terms: Terms) -> str:
    """Six digits in two groups, to be compared aloud: other terms nearly always have others.

    For a slip of eye or hand; whoever changes terms on purpose is found by the whole hash.
    """
    number = int(terms_hash(terms), 16) % 1_000_000
    return f"{number // 1000:03d} {number % 1000:03d}"


def from_json(raw: bytes) -> Terms:
    """Terms from JSON of at most 1 MB. Raises TermsUnreadable with the place and a sentence."""
    if len(raw) > MAX_BYTES:
        raise TermsUnreadable("", _("The terms are longer than one megabyte."))
    try:
        tree = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_doubles)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise TermsUnreadable("", _("This is not readable JSON text.")) from error
    schema = tree.get("schema") if isinstance(tree, dict) else None
    if not isinstance(schema, str) or schema not in VERSIONS:
        raise TermsUnreadable("schema", _("These are not terms of a kind we know."))
    terms = _Reader(VERSIONS[schema]).read(Terms, tree, "")
    assert isinstance(terms, Terms)
    return terms


def fields_in(kind: Any, version: int) -> tuple[Field[Any], ...]:
    """The fields a part of the terms has in a version of the schema, in their order."""
    return tuple(one for one in fields(kind) if one.metadata.get("since", 1) <= version)


def _plain(value: Any, version: int) -> Any:
    if is_dataclass(value):
        known = fields_in(value, version)
        return {one.name: _plain(getattr(value, one.name), version) for one in known}
    if isinstance(value, tuple):
        return [_plain(item, version) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TermsUnreadable("", _("A field is given twice."))
    return found


class _Reader:
    """Reads terms of one version of the schema."""

    def __init__(self, version: int) -> None:
        self._version = version

    def read(self, kind: Any, value: Any, where: str) -> Any:
        if isinstance(kind, UnionType):
            inner = next(option for option in get_args(kind) if option is not type(None))
            return None if value is None else self.read(inner, value, where)
        if get_origin(kind) is tuple:
            return self._list(get_args(kind)[0], value, where)
        if is_dataclass(kind):
            return self._object(kind, value, where)
        return _read_value(kind, value, where)

    def _list(self, kind: Any, value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TermsUnreadable(where, _("A list is expected here."))
        return tuple(self.read(kind, item, f"{where}[{n}]") for n, item in enumerate(value))

    def _object(self, kind: Any, value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise TermsUnreadable(where, _("A group of fields is expected here."))
        known = {one.name: one for one in fields_in(kind, self._version)}
        _refuse_strangers(known, value, where)
        hints = get_type_hints(kind)
        parts = {
            name: self.read(hints[name], part, _join(where, name)) for name, part in value.items()
        }
        return kind(**parts)


def _refuse_strangers(known: dict[str, Field[Any]], value: dict[str, Any], where: str) -> None:
    for name in value:
        if name not in known:
            raise TermsUnreadable(_join(where, name), _("This field is not known."))
    for name, one in known.items():
        if name not in value and one.default is MISSING:
            raise TermsUnreadable(_join(where, name), _("This field is missing."))


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _read_value(kind: Any, value: Any, where: str) -> Any:
    if kind is int:
        if type(value) is not int:
            raise TermsUnreadable(where, _("A whole number is expected here."))
        return value
    if not isinstance(value, str):
        raise TermsUnreadable(where, _("Text is expected here."))
    reader = READERS.get(kind, _read_choice(kind) if issubclass(kind, StrEnum) else str)
    try:
        return reader(value)
    except ValueError as error:
        raise TermsUnreadable(where, str(error)) from error


def _read_choice(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(value: str) -> StrEnum:
        if value not in list(kind):
            raise ValueError(_("Expected one of: %(choices)s.") % {"choices": ", ".join(kind)})
        return kind(value)

    return read


def _read_amount(value: str) -> Decimal:
    if not AMOUNT.fullmatch(value):
        raise ValueError(_("An amount is written like 1250.00."))
    return Decimal(value)


def _read_day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(_("A day is written like 2026-11-22.")) from error


READERS: dict[Any, Callable[[str], Any]] = {Decimal: _read_amount, date: _read_day, str: str}
