"""What a browser must know to judge a settlement as `check_settlement` does.

All of it is taken from the code that makes documents, so that the two checks cannot drift apart:
the classes of the terms, the fixed wording, the digits of currencies and the policies.
"""

from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from asn1crypto.core import ObjectIdentifier
from babel.core import get_global

from mediation.settlements.document.certificates import POLICY_ISSUE, POLICY_SEAL, POLICY_SIGNER
from mediation.settlements.document.report import Capacity
from mediation.settlements.document.sheet import wording
from mediation.settlements.document.terms import SCHEMAS, Language, Terms
from mediation.settlements.document.terms_json import fields_in

PLAIN = {str: "text", int: "whole", Decimal: "amount", date: "day"}
USUAL_DIGITS = 2  # decimals of a currency that has no entry of its own
POLICIES = {
    Capacity.PLATFORM: POLICY_ISSUE,
    Capacity.CENTER: POLICY_SEAL,
    Capacity.PARTY: POLICY_SIGNER,
    Capacity.MEDIATOR: POLICY_SIGNER,
}


@cache
def knowledge() -> dict[str, Any]:
    """Plain data for JSON; the same for every installation of this version."""
    return {
        "shape": _shape(),
        "wording": {language.value: wording(language) for language in Language},
        "minorDigits": _minor_digits(),
        "policies": {part.value: _der(oid.dotted_string) for part, oid in POLICIES.items()},
    }


def _der(dotted: str) -> str:
    """An object identifier as certificates hold it, in hexadecimal: some arcs are very long."""
    return str(ObjectIdentifier(dotted).dump().hex())


def _minor_digits() -> dict[str, int]:
    """Decimals of the currencies that have another number than two."""
    known = get_global("currency_fractions")
    return {code: digits[0] for code, digits in known.items() if digits[0] != USUAL_DIGITS}


def _shape() -> dict[str, Any]:
    """The schemas' versions, and every class and choice that the terms are made of."""
    from mediation.settlements.document.render import WITHOUT_XML  # noqa: PLC0415  WeasyPrint is slow to import

    kinds: dict[str, Any] = {}
    choices: dict[str, list[str]] = {}
    _describe(Terms, kinds, choices)
    return {
        "schemas": SCHEMAS,
        "withoutXml": sorted(WITHOUT_XML),
        "kinds": kinds,
        "choices": choices,
    }


def _describe(kind: type[Any], kinds: dict[str, Any], choices: dict[str, list[str]]) -> None:
    name = kind.__name__
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        fields = fields_in(kind, max(SCHEMAS.values()))
        kinds[name] = [
            {"name": one.name, "since": one.metadata.get("since", 1), **_told(hints[one.name])}
            for one in fields
        ]
        for one in fields:
            _describe(_inner(hints[one.name]), kinds, choices)
    elif issubclass(kind, StrEnum):
        choices[name] = list(kind)


def _told(hint: Any) -> dict[str, Any]:
    inner = _inner(hint)
    return {
        "kind": PLAIN.get(inner, inner.__name__),
        "list": get_origin(hint) is tuple,
        "optional": isinstance(hint, UnionType),
    }


def _inner(hint: Any) -> Any:
    """The class behind `X`, `X | None` or `tuple[X, ...]`."""
    return next((part for part in get_args(hint) if part not in {type(None), ...}), hint)
