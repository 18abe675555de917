"""Terms to the unsigned PDF: PDF/A-3a and PDF/UA-1, terms attached, fields ready to sign."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import segno
from django.template.loader import render_to_string

from mediation.settlements.document.completeness import texts
from mediation.settlements.document.finisher import FieldPlan, finisher_for
from mediation.settlements.document.fonts import Typeface
from mediation.settlements.document.pages import AttachedFile, html_to_pdf
from mediation.settlements.document.right_to_left import Unfit, is_mixed, pieces
from mediation.settlements.document.sheet import Sheet, assembled_lines, lay_out
from mediation.settlements.document.terms import Terms
from mediation.settlements.document.terms_json import terms_hash, to_json
from mediation.settlements.document.terms_xml import to_xml

ATTACHMENT = "settlement.json"
XML_ATTACHMENT = "settlement.xml"
WITHOUT_XML = {"heyi-settlement-1"}
IDENTIFIER_BYTES = 16
# A name from the right stands on one line; this much, in sizes of its type, fits everywhere.
LONGEST_RUN = 25


class CharactersMissing(ValueError):
    """The typeface cannot draw some characters; `gaps` maps a path in the terms to them."""

    def __init__(self, gaps: dict[str, list[str]]) -> None:
        self.gaps = gaps
        super().__init__("; ".join(f"{where}: {' '.join(found)}" for where, found in gaps.items()))


class NamesUnfit(ValueError):
    """Names from the right cannot be printed as they are; `unfit` maps a path to the reason."""

    def __init__(self, unfit: dict[str, Unfit]) -> None:
        self.unfit = unfit
        super().__init__("; ".join(f"{where}: {reason}" for where, reason in unfit.items()))


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What the document says besides its terms.

    `verify_url` is printed and put in the QR code; `prepared_at` becomes the creation date.
    """

    verify_url: str
    prepared_at: datetime


def missing_characters(terms: Terms, face: Typeface) -> dict[str, list[str]]:
    """Characters the typeface cannot draw, by their path in the terms; empty means all fine."""
    found = {where: face.missing(text) for where, text in texts(terms)}
    return {where: gaps for where, gaps in found.items() if gaps}


def unfit_names(terms: Terms, face: Typeface) -> dict[str, Unfit]:
    """Where names from the right cannot be printed as they are, and why; empty means all fine."""
    found = {where: _unfit(text, face) for where, text in texts(terms)}
    unfit = {where: reason for where, reason in found.items() if reason}
    mixed = [where for where, line in assembled_lines(terms) if is_mixed(line)]
    # A line of several texts is named only where none of them is: to mend that one may mend both.
    lines = [where for where in mixed if not any(one.startswith(where) for one in unfit)]
    return unfit | dict.fromkeys(lines, Unfit.MIXED)


def _unfit(text: str, face: Typeface) -> Unfit | None:
    if is_mixed(text):
        return Unfit.MIXED
    runs = (piece for piece, is_run in pieces(text) if is_run)
    is_long = any(face.rightward.length(run) > LONGEST_RUN for run in runs)
    return Unfit.LONG if is_long else None


def render(terms: Terms, *, cover: Cover, face: Typeface) -> bytes:
    """The unsigned document. Same input, same bytes. Raises CharactersMissing, NamesUnfit."""
    gaps = missing_characters(terms, face)
    if gaps:
        raise CharactersMissing(gaps)
    unfit = unfit_names(terms, face)
    if unfit:
        raise NamesUnfit(unfit)
    sheet = lay_out(terms)
    return html_to_pdf(
        render_to_string("pdf/settlement.html", _context(terms, sheet, cover)),
        face=face,
        made_at=cover.prepared_at,
        identifier=hashlib.sha256(to_json(terms)).digest()[:IDENTIFIER_BYTES],
        attached=[
            AttachedFile(name, content, sheet.words["title"])
            for name, content in attachments(terms).items()
        ],
        finisher=finisher_for(_field_plans(sheet)),
    )


def attachments(terms: Terms) -> dict[str, bytes]:
    """The files inside the document, by name: the same terms in each form machines read."""
    files = {ATTACHMENT: to_json(terms)}
    if terms.schema not in WITHOUT_XML:
        files[XML_ATTACHMENT] = to_xml(terms)
    return files


def _field_plans(sheet: Sheet) -> tuple[FieldPlan, ...]:
    signers = [FieldPlan(block.field, block.label) for block in sheet.signatures]
    return (*signers, FieldPlan(sheet.seal.field, sheet.seal.label, locks_everything=True))


def _context(terms: Terms, sheet: Sheet, cover: Cover) -> dict[str, object]:
    words = sheet.words
    head = words["running_head"].format(title=words["title"], number=terms.agreement_no)
    return {
        "terms": terms,
        "sheet": sheet,
        "words": words,
        "running_head": head,
        "page_parts": _page_parts(words["page"]),
        "qr": segno.make(cover.verify_url, error="m").svg_data_uri(border=0, scale=4),
        "qr_alt": words["verify_alt"].format(url=cover.verify_url),
        "verify_url": cover.verify_url,
        "fingerprint": _grouped(terms_hash(terms)),
        "prepared_at": cover.prepared_at.isoformat(),
    }


def _page_parts(pattern: str) -> list[str]:
    """`Page {page} of {pages}` cut at its two counters, for the style sheet."""
    before, rest = pattern.split("{page}")
    between, after = rest.split("{pages}")
    return [before, between, after]


def _grouped(digest: str) -> str:
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))
