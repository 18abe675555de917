"""Terms as XML, for systems that read no JSON: the same fields, in the order of the classes.

The same terms are always the same bytes, so whether the XML of a document says what its JSON says
is a comparison. An empty text is an empty element; what does not exist has none.
"""

from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from mediation.settlements.document.terms import SCHEMAS, Terms
from mediation.settlements.document.terms_json import fields_in


def namespace(schema: str) -> str:
    """The XML namespace of the terms called `schema`."""
    return f"urn:{schema}"


def item_name(kind: Any) -> str:
    """What an entry of a list is called: `party`, or `text` for plain text."""
    return "text" if kind is str else str(kind.__name__).lower()


def to_xml(terms: Terms) -> bytes:
    """The terms as UTF-8 XML, valid against docs/schemas/<schema>.xsd."""
    root = ET.Element("settlement", {"xmlns": namespace(terms.schema)})
    _fill(root, terms, SCHEMAS[terms.schema])
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _fill(element: ET.Element, value: Any, version: int) -> None:
    if is_dataclass(value):
        for one in fields_in(value, version):
            part = getattr(value, one.name)
            if part is not None:
                _fill(ET.SubElement(element, one.name), part, version)
    elif isinstance(value, tuple):
        for item in value:
            _fill(ET.SubElement(element, item_name(type(item))), item, version)
    else:
        element.text = _text(value)


def _text(value: str | Decimal | date | int) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
