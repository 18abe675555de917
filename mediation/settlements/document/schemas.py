"""The published descriptions of the terms, made from the classes themselves: JSON Schema (draft
2020-12) for `settlement.json` and XML Schema 1.0 for `settlement.xml`.

They describe the signed, canonical form, in which every field is present. docs/schemas/ has them as
files, one pair for each version of the schema. The record of what is agreed orally is JSON alone.
"""

from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from inspect import cleandoc
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from xml.etree import ElementTree as ET

from mediation.settlements.document.terms import (
    ORAL_SCHEMA,
    SCHEMAS,
    VERSIONS,
    EffectiveRule,
    Terms,
)
from mediation.settlements.document.terms_json import AMOUNT, fields_in
from mediation.settlements.document.terms_xml import item_name, namespace

XS = "http://www.w3.org/2001/XMLSchema"
DAY = r"\d{4}-\d{2}-\d{2}"
Parts = dict[str, Any]


def json_schema(schema: str) -> Parts:
    """The JSON Schema of the terms called `schema`, such as `heyi-settlement-2`."""
    parts: Parts = {}
    whole = _object(Terms, VERSIONS[schema], parts)
    whole["properties"]["schema"] = {"const": schema}
    if schema == ORAL_SCHEMA:
        whole["properties"]["effective_rule"] = {"const": str(EffectiveRule.WHEN_AGREED)}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{schema}"}
    return {**head, "title": schema, **whole, "$defs": dict(sorted(parts.items()))}


def _object(kind: Any, version: int, parts: Parts) -> Parts:
    hints, known = get_type_hints(kind), fields_in(kind, version)
    return {
        "description": cleandoc(kind.__doc__ or ""),
        "type": "object",
        "properties": {one.name: _value(hints[one.name], version, parts) for one in known},
        "required": [one.name for one in known],
        "additionalProperties": False,
    }


def _value(kind: Any, version: int, parts: Parts) -> Parts:
    if isinstance(kind, UnionType):
        return {"anyOf": [_value(_inner(kind), version, parts), {"type": "null"}]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _value(get_args(kind)[0], version, parts)}
    if is_dataclass(kind):
        name = _type_name(kind)
        parts.setdefault(name, _object(kind, version, parts))
        return {"$ref": f"#/$defs/{name}"}
    if issubclass(kind, StrEnum):
        return {"description": cleandoc(kind.__doc__ or ""), "enum": _choices(kind)}
    return dict(PLAIN[kind])


def _choices(kind: type[StrEnum]) -> list[str]:
    """What a document may say; a settlement that is agreed orally has none."""
    return [str(one) for one in kind if one is not EffectiveRule.WHEN_AGREED]


PLAIN: dict[Any, Parts] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    Decimal: {"type": "string", "pattern": f"^{AMOUNT.pattern}$"},
    date: {"type": "string", "format": "date", "pattern": f"^{DAY}$"},
}


def xml_schema(schema: str) -> bytes:
    """The XML Schema of the terms called `schema`, UTF-8."""
    version = SCHEMAS[schema]
    ET.register_namespace("xs", XS)
    names = {"targetNamespace": namespace(schema), "xmlns": namespace(schema)}
    root = ET.Element(f"{{{XS}}}schema", {**names, "elementFormDefault": "qualified"})
    ET.SubElement(root, f"{{{XS}}}element", {"name": "settlement", "type": "Terms"})
    for kind in _kinds(Terms, version):
        _add_type(root, kind, version)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _kinds(kind: Any, version: int) -> list[Any]:
    """`kind` and every class and list of choices below it, each once."""
    found = [kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for one in fields_in(kind, version):
            inner = _inner(hints[one.name])
            if is_dataclass(inner) or issubclass(inner, StrEnum):
                found += [new for new in _kinds(inner, version) if new not in found]
    return found


def _inner(kind: Any) -> Any:
    """What a field holds, be it one, none or many."""
    if isinstance(kind, UnionType) or get_origin(kind) is tuple:
        return next(one for one in get_args(kind) if one not in (type(None), Ellipsis))
    return kind


def _add_type(root: ET.Element, kind: Any, version: int) -> None:
    name = {"name": kind.__name__}
    if not is_dataclass(kind):
        choices = ET.SubElement(root, f"{{{XS}}}simpleType", name)
        _say(choices, kind)
        limits = ET.SubElement(choices, f"{{{XS}}}restriction", {"base": "xs:string"})
        for choice in _choices(kind):
            ET.SubElement(limits, f"{{{XS}}}enumeration", {"value": choice})
        return
    group = ET.SubElement(root, f"{{{XS}}}complexType", name)
    _say(group, kind)
    sequence, hints = ET.SubElement(group, f"{{{XS}}}sequence"), get_type_hints(kind)
    for one in fields_in(kind, version):
        _add_element(sequence, one.name, hints[one.name])


def _say(element: ET.Element, kind: Any) -> None:
    note = ET.SubElement(element, f"{{{XS}}}annotation")
    ET.SubElement(note, f"{{{XS}}}documentation").text = cleandoc(kind.__doc__ or "")


def _add_element(sequence: ET.Element, name: str, kind: Any) -> None:
    element = ET.SubElement(sequence, f"{{{XS}}}element", {"name": name})
    if get_origin(kind) is not tuple:
        element.set("type", _type_name(_inner(kind)))
        if isinstance(kind, UnionType):
            element.set("minOccurs", "0")
        return
    group = ET.SubElement(element, f"{{{XS}}}complexType")
    many = ET.SubElement(group, f"{{{XS}}}sequence")
    of = {"name": item_name(_inner(kind)), "type": _type_name(_inner(kind))}
    ET.SubElement(many, f"{{{XS}}}element", {**of, "minOccurs": "0", "maxOccurs": "unbounded"})


def _type_name(kind: Any) -> str:
    return XML_TYPES.get(kind) or str(kind.__name__)


XML_TYPES = {str: "xs:string", int: "xs:int", Decimal: "xs:decimal", date: "xs:date"}
