"""HTML to an archival, tagged PDF with WeasyPrint, with no network and no files but the fonts.

WeasyPrint is told to fetch nothing except data: URLs and the font files, whatever the HTML
asks for, so even hostile text in a template could not reach a server or a file (OWASP SSRF).
WeasyPrint is imported where it is used: importing it takes half a second.
"""

import atexit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any

import pydyf
from django.template.loader import render_to_string

from mediation.settlements.document.fonts import Typeface

VARIANT = "pdf/a-3a"
Finisher = Callable[[Any, Any], None]
# WeasyPrint's font configuration is shared between documents and Pango is not thread-safe.
RENDERING = Lock()


@dataclass(frozen=True)
class AttachedFile:
    """A file inside the PDF; `relationship` is an AFRelationship name of ISO 32000-2."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"


@cache
def _fetcher(face: Typeface) -> Any:
    from weasyprint.urls import URLFetcher

    files = [path for family in face.all_families for path in (family.regular, family.bold)]
    allowed = {path.as_uri() for path in files}

    class OnlyFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.lower().startswith("data:") and url not in allowed:
                raise ValueError("Only data: URLs and the document's fonts may be loaded.")
            return super().fetch(url, headers)

    return OnlyFonts(allowed_protocols={"data", "file"}, allow_redirects=False)


@cache
def _style(face: Typeface) -> tuple[Any, Any]:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    faces = [
        {"name": item.name, "regular": item.regular.as_uri(), "bold": item.bold.as_uri()}
        for item in face.all_families
    ]
    sheet = render_to_string("pdf/settlement.css", {"faces": faces, "rightward": faces[-1]})
    # Pango's objects must go before the interpreter takes their library away.
    atexit.register(_style.cache_clear)
    return fonts, CSS(string=sheet, font_config=fonts, url_fetcher=_fetcher(face))


def html_to_pdf(
    html: str,
    *,
    face: Typeface,
    made_at: datetime,
    identifier: bytes,
    attached: Sequence[AttachedFile] = (),
    finisher: Finisher | None = None,
) -> bytes:
    """A PDF/A-3a file from `html`; the same arguments always give the same bytes."""
    from weasyprint import HTML, Attachment

    with RENDERING:
        fonts, style = _style(face)
        files = [
            Attachment(
                string=item.content,
                name=item.name,
                description=item.description,
                relationship=item.relationship,
                created=made_at,
                modified=made_at,
            )
            for item in attached
        ]
        page = HTML(string=html, url_fetcher=_fetcher(face), base_url=None)
        written = page.write_pdf(
            font_config=fonts,
            stylesheets=[style],
            finisher=_then_compress(finisher),
            # Objects stay outside of object streams: pyHanko reads such a stream's index anew for
            # every object, which made each signature and check of a long document take seconds.
            uncompressed_pdf=True,
            pdf_variant=VARIANT,
            pdf_identifier=identifier,
            attachments=files,
        )
    assert isinstance(written, bytes)
    return written


def _then_compress(finisher: Finisher | None) -> Finisher:
    def finish(document: Any, pdf: Any) -> None:
        if finisher is not None:
            finisher(document, pdf)
        for item in pdf.objects:
            # PDF/A readers look for metadata without decompressing (ISO 19005-1, 6.7.2).
            if isinstance(item, pydyf.Stream) and item.extra.get("Type") != "/Metadata":
                item.compress = True

    return finish
