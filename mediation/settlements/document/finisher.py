"""The last touches on the PDF objects before they are written: PDF/UA mark and signature fields.

Field positions come from the anchors of the printed boxes. Every field is tagged (ISO 14289-1,
7.18.4) and locked, and all exist before the first signature, so that signing changes nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydyf

PX_TO_PT = 0.75
PRINTED_WIDGET = 132  # Annotation flags Print and Locked, ISO 32000-1 table 165.
NO_CHANGES = 1

XMP_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# PDF/A demands that the pdfuaid schema be described when it is used (ISO 19005-3, 6.6.2.3.1).
PDF_UA_XMP = f"""<rdf:Description rdf:about="" xmlns:rdf="{XMP_RDF}"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:rdf="{XMP_RDF}"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA version identifier</pdfaProperty:description></rdf:li>
</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


class FieldNotPrinted(RuntimeError):
    """The template has no box for a signature field that the terms ask for."""


@dataclass(frozen=True)
class FieldPlan:
    """A signature field to make: its name (also the id of its box) and its spoken label."""

    name: str
    label: str
    locks_everything: bool = False


def finisher_for(plans: tuple[FieldPlan, ...]) -> Callable[[Any, Any], None]:
    """A WeasyPrint finisher that adds the PDF/UA mark and the fields of `plans`."""

    def finish(document: Any, pdf: Any) -> None:
        _mark_as_ua(pdf)
        _list_attachments_once(pdf)
        _add_fields(document, pdf, plans)

    return finish


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _mark_as_ua(pdf: Any) -> None:
    # WeasyPrint writes one variant only, and a second rdf:RDF would be ignored by validators.
    stream = _object(pdf, pdf.catalog["Metadata"])
    xmp = b"".join(s if isinstance(s, bytes) else s.encode() for s in stream.stream)
    stream.stream = [xmp.replace(b"</rdf:RDF>", PDF_UA_XMP.encode() + b"</rdf:RDF>", 1)]


def _list_attachments_once(pdf: Any) -> None:
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _add_fields(document: Any, pdf: Any, plans: tuple[FieldPlan, ...]) -> None:
    if not plans:
        return
    tree = _object(pdf, pdf.catalog["StructTreeRoot"])
    references = pydyf.Array()
    for plan in plans:
        number, rectangle = _place(document, plan.name)
        references.append(_add_field(pdf, tree, plan, number, rectangle))
    form = pydyf.Dictionary({"Fields": references, "SigFlags": 0})
    pdf.add_object(form)
    pdf.catalog["AcroForm"] = form.reference


def _place(document: Any, name: str) -> tuple[int, list[float]]:
    for number, page in enumerate(document.pages):
        if name in page.anchors:
            left, top, right, bottom = (edge * PX_TO_PT for edge in page.anchors[name])
            height = page.height * PX_TO_PT
            corners = (left, height - bottom, right, height - top)
            return number, [round(corner, 2) for corner in corners]
    raise FieldNotPrinted(name)


def _add_field(
    pdf: Any, tree: Any, plan: FieldPlan, page_number: int, rectangle: list[float]
) -> bytes:
    page = pdf.page_references[page_number]
    parents = _object(pdf, tree["ParentTree"])["Nums"]
    key = len(parents) // 2
    widget = _widget(pdf, plan, page, rectangle)
    widget["StructParent"] = key
    pdf.add_object(widget)
    element = _struct_element(pdf, tree, plan, page, widget.reference)
    parents.extend([key, element])
    tree["ParentTreeNextKey"] = key + 1
    _object(pdf, page).setdefault("Annots", pydyf.Array()).append(widget.reference)
    reference = widget.reference
    assert isinstance(reference, bytes)
    return reference


def _widget(pdf: Any, plan: FieldPlan, page: bytes, rectangle: list[float]) -> Any:
    size = [0, 0, round(rectangle[2] - rectangle[0], 2), round(rectangle[3] - rectangle[1], 2)]
    empty = {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array(size)}
    look = pydyf.Stream([], {**empty, "Resources": pydyf.Dictionary()})
    lock = pydyf.Dictionary({"Type": "/SigFieldLock", **_lock(plan)})
    pdf.add_object(look)
    pdf.add_object(lock)
    return pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(plan.name),
            "TU": pydyf.String(plan.label),
            "F": PRINTED_WIDGET,
            "Rect": pydyf.Array(rectangle),
            "P": page,
            "AP": pydyf.Dictionary({"N": look.reference}),
            "Lock": lock.reference,
        }
    )


def _lock(plan: FieldPlan) -> dict[str, Any]:
    if plan.locks_everything:
        return {"Action": "/All", "P": NO_CHANGES}
    return {"Action": "/Include", "Fields": pydyf.Array([pydyf.String(plan.name)])}


def _struct_element(pdf: Any, tree: Any, plan: FieldPlan, page: bytes, widget: bytes) -> Any:
    root = _object(pdf, tree["K"][0])
    # K is the reference dictionary itself: wrapped in an array, later signatures look like
    # changes to the structure and validators report every one of them.
    place = pydyf.Dictionary({"Type": "/OBJR", "Obj": widget, "Pg": page})
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": root.reference,
            "Pg": page,
            "Alt": pydyf.String(plan.label),
            "K": place,
        }
    )
    pdf.add_object(element)
    root["K"].append(element.reference)
    return element.reference
