"""Files as people bring them, and as they should not. Built byte by byte, so that nothing here
needs a program that can draw or write.
"""

import struct
import zipfile
import zlib
from io import BytesIO

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ODT = "application/vnd.oasis.opendocument.text"


def pdf(text: str = "hello") -> bytes:
    body = f"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n% {text}\n"
    return body.encode("latin-1") + b"trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int = 2, height: int = 2) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"\x00\x00\x00" * 2)
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2, comment: bytes = b"") -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    if comment:
        start += b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return start + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\x34\xff\xd9"


def webp(width: int = 2, height: int = 2) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def heic(width: int = 2, height: int = 2, brand: bytes = b"heic") -> bytes:
    kind = struct.pack(">I", 24) + b"ftyp" + brand + bytes(4) + b"mif1heic"
    extent = struct.pack(">I", 20) + b"ispe" + bytes(4) + struct.pack(">II", width, height)
    return kind + struct.pack(">I", 12 + len(extent)) + b"meta" + bytes(4) + extent


def archive(members: dict[str, bytes], stored: tuple[str, ...] = ()) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name in stored else None)
    return out.getvalue()


def docx(more: dict[str, bytes] | None = None, main_type: str = WORD) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>'
    members = {"[Content_Types].xml": types.encode(), "word/document.xml": b"<w:document/>"}
    return archive({**members, **(more or {})})


def xlsx() -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})


def odt(more: dict[str, bytes] | None = None) -> bytes:
    members = {"mimetype": ODT.encode(), "content.xml": b"<office:document-content/>"}
    return archive({**members, **(more or {})}, stored=("mimetype",))


def encrypted(data: bytes) -> bytes:
    """The same archive with the encryption flag of every member set."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at != -1:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    """The same archive with one byte of its last stored content changed."""
    at = data.rindex(b"PK\x01\x02", 0, data.index(b"PK\x01\x02") + 4) - 2
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


GOOD = {
    "contract.pdf": pdf(),
    "photo.jpg": jpeg(4000, 3000),
    "PHOTO.JPEG": jpeg(),
    "screen.png": png(),
    "screen.webp": webp(),
    "IMG_0001.HEIC": heic(),
    "multi.heif": heic(brand=b"mif1"),
    "letter.docx": docx(),
    "table.xlsx": xlsx(),
    "letter.odt": odt(),
    "note.txt": b"I lent 500 on 3 May.\r\n\tAnd 5 < 6.",
    "借条.txt": "今借到五百元".encode("gb18030"),
    "notepad.txt": "今借到五百元".encode("utf-16"),
    "menzer.txt": b"MZ are my initials. BM are yours. 1234 text",
}
BAD = {
    "empty.pdf": b"",
    "no_ending": pdf(),
    ".pdf.": pdf(),
    "page.html": b"<html></html>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "program.exe": b"MZ" + bytes(60),
    "old.doc": b"\xd0\xcf\x11\xe0" + bytes(60),
    "letter.docm": docx(),
    "photo.gif": b"GIF89a" + bytes(60),
    "song.mp3": b"ID3" + bytes(60),
    # the name says one thing, the content another
    "html_as.txt": b"<!DOCTYPE html><p>hello",
    "script_as.txt": b"hello < script >alert(1)</script>",
    "svg_as.txt": b"\n <svg onload='alert(1)'>",
    "utf16_html_as.txt": "<html><body>".encode("utf-16"),
    "broken_utf16.txt": b"\xff\xfe\x00\xd8",
    "binary_as.txt": bytes(range(32)),
    "pdf_as.txt": pdf(),
    "html_as.pdf": b"<html><body>%PDF-1.7",
    "html_as.png": b"<html><body>",
    "png_as.jpg": png(),
    "jpg_as.png": jpeg(),
    "exe_as.pdf": b"MZ" + bytes(2000),
    "cut.pdf": b"%PDF-1.7\n1 0 obj",
    "avif_as.heic": heic(brand=b"avif"),
    "mp4_as.heic": heic(brand=b"isom"),
    "wav_as.webp": b"RIFF\x20\x00\x00\x00WAVEfmt " + bytes(30),
    "zip_as.docx": archive({"a.txt": b"a"}),
    "xlsx_as.docx": xlsx(),
    "docx_as.odt": docx(),
    "jar_as.docx": archive({"META-INF/MANIFEST.MF": b"", "A.class": b"\xca\xfe\xba\xbe"}),
    "no_head.png": b"\x89PNG\r\n\x1a\n" + bytes(30),
    "no_frame.jpg": b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9",
    "cut.jpg": b"\xff\xd8\xff\xe0\x00",
    "cut.webp": b"RIFF\x20\x00\x00\x00WEBPVP8L",
    "no_extent.heic": heic()[:24],
    "no_pixels.png": png(0, 5),
    # two files in one
    "zip_behind.jpg": jpeg() + archive({"a.exe": b"MZ"}),
    "zip_behind.png": png() + archive({"a.exe": b"MZ"}),
    "zip_behind.pdf": pdf() + archive({"a.exe": b"MZ"}) + b"",
    "zip_behind.txt": b"hello" + archive({"a.exe": b"MZ"}),
    "pdf_inside.jpg": jpeg(comment=b"%PDF-1.7"),
    "page_inside.jpg": jpeg(comment=b"<script>alert(1)</script>"),
    "page_behind.png": png() + b"<HTML><body onload=alert(1)>",
    "php_inside.jpg": jpeg(comment=b"<?php system($_GET['c']); ?>"),
    "page_before.docx": b"<html>" + docx(),
    "page_behind.docx": docx() + b"<html>",
    "pdf_before.docx": pdf() + docx(),
    # too much
    "bomb.docx": docx({"word/media/a.bin": bytes(30 * 1024 * 1024)}),
    "many.docx": docx({f"word/{number}.xml": b"" for number in range(5001)}),
    "huge.png": png(60000, 60000),
    "huge.jpg": jpeg(65000, 65000),
    "huge.webp": webp(16000, 16000),
    "huge.heic": heic(60000, 60000),
    # what would run, or cannot be read
    "macro.docx": docx({"word/vbaProject.bin": b"\xd0\xcf"}),
    "macro_type.docx": docx(main_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
    "macro.odt": odt({"Basic/Standard/Module1.xml": b"Sub Main"}),
    "locked.docx": encrypted(docx()),
    "damaged.docx": damaged(docx()),
}
