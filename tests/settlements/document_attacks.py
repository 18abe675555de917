"""What somebody might do to a sealed settlement: bytes, pieces, revisions, signatures replayed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from mediation.settlements.document.terms import Language
from tests.settlements.document_samples import SAMPLES, sealed_over, signed_by_all

LONGEST = 400  # of a piece that is cut, doubled or put elsewhere, in bytes
END = b"%%EOF\n"

Change = tuple[str, bytes]


@cache
def settlements() -> dict[str, bytes]:
    """One in each language, a later version of the first, and another case's."""
    english = SAMPLES[Language.ENGLISH]()
    later = replace(english, costs_clause="Each side pays its own costs.")
    other = replace(english, agreement_no="LV-2026-0149", case_ref="LV/2026/0392")
    terms = {"en": english, "zh": SAMPLES[Language.CHINESE](), "version": later, "case": other}
    return {name: sealed_over(signed_by_all(one), one) for name, one in terms.items()}


def _byte(rnd: random.Random, pdf: bytes) -> bytes:
    place = rnd.randrange(len(pdf))
    return pdf[:place] + bytes([pdf[place] ^ rnd.randrange(1, 256)]) + pdf[place + 1 :]


def _piece(rnd: random.Random, pdf: bytes) -> tuple[int, int]:
    start = rnd.randrange(len(pdf) - LONGEST)
    return start, start + rnd.randrange(1, LONGEST)


def _splice(rnd: random.Random, pdf: bytes) -> bytes:
    """A piece of the file over another of the same length."""
    while True:
        start, end = _piece(rnd, pdf)
        place = rnd.randrange(len(pdf) - LONGEST)
        changed = pdf[:place] + pdf[start:end] + pdf[place + end - start :]
        if changed != pdf:
            return changed


def _cut(rnd: random.Random, pdf: bytes) -> bytes:
    start, end = _piece(rnd, pdf)
    return pdf[:start] + pdf[end:]


def _doubled(rnd: random.Random, pdf: bytes) -> bytes:
    start, end = _piece(rnd, pdf)
    return pdf[:end] + pdf[start:end] + pdf[end:]


CHANGED: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "byte": _byte,
    "splice": _splice,
    "cut": _cut,
    "doubled": _doubled,
}


def revisions(rnd: random.Random, pdf: bytes) -> Iterator[Change]:
    """Every revision taken off the end or out of the middle; every attack added at every stage."""
    ends = [n + len(END) for n in range(len(pdf)) if pdf.startswith(END, n)]
    for end in ends[:-1]:
        yield "revisions removed", pdf[:end]
    for start, end in pairwise(ends):
        yield "revision left out", pdf[:start] + pdf[end:]
        yield "revision twice", pdf[:end] + pdf[start:end] + pdf[end:]
    for attack in ATTACKS:
        yield "revision added", appended(pdf, attack)
    for _ in range(5):
        yield "bytes after the end", pdf + rnd.randbytes(rnd.randrange(1, 64))


def replays() -> Iterator[Change]:
    """Values of signatures in places they were not made for."""
    target = settlements()["en"]
    places = _values(target)
    for source in ("version", "case", "en"):
        values = _values(settlements()[source])
        for name, (start, end) in places.items():
            for other, (first, last) in values.items():
                value = _fitted(settlements()[source][first:last], end - start)
                if value and not (source == "en" and name == other):
                    yield f"signature of {source}", target[:start] + value + target[end:]


def _fitted(value: bytes, length: int) -> bytes:
    """The value with as much zero padding as fills the place; nothing where it is too long."""
    digits = value.strip(b"<>").rstrip(b"0")
    return b"<" + digits.ljust(length - 2, b"0") + b">" if len(digits) <= length - 2 else b""


def _values(pdf: bytes) -> dict[str, tuple[int, int]]:
    """First and last offset of each signature's value."""
    found = {}
    for signature in PdfFileReader(BytesIO(pdf)).embedded_signatures:
        _, start, end, _ = (int(n) for n in signature.sig_object["/ByteRange"])
        found[signature.field_name] = (start, end)
    return found


def appended(pdf, change):
    """`pdf` with one revision more, made by `change(writer)`."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def with_a_signature_spoilt(pdf):
    """`pdf` with another digit in the newest signature."""
    newest = PdfFileReader(BytesIO(pdf)).embedded_signatures[-1]
    value = newest.signer_info["signature"].native.hex().upper().encode()
    changed = value[:-1] + (b"1" if value[-1:] == b"0" else b"0")
    assert pdf.count(value) == 1
    return pdf.replace(value, changed)


def add_note(writer):
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 300, 90))),
            pdf_name("/Contents"): generic.pdf_string("CHF 96,000.00"),
            pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf"),
        }
    )
    page.setdefault(pdf_name("/Annots"), generic.ArrayObject()).append(writer.add_object(note))
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))


def change_page(writer):
    writer.add_stream_to_page(
        1, writer.add_object(generic.StreamObject(stream_data=b"0 0 600 400 re f"))
    )


def swap_attachment(writer):
    file = writer.root["/AF"][0]["/EF"]
    raw = file["/F"].data.replace(b"9600.00", b"1600.00")
    file[pdf_name("/F")] = writer.add_object(generic.StreamObject(stream_data=raw))
    writer.update_container(file)


def add_text_field(writer):
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.pdf_string("extra"),
            pdf_name("/V"): generic.pdf_string("and a car"),
        }
    )
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(writer.add_object(field))
    writer.update_container(fields)


def add_signature_field(writer):
    append_signature_field(writer, SigFieldSpec("sign-99"))


ATTACKS = [add_note, change_page, swap_attachment, add_text_field, add_signature_field]
