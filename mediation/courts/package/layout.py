"""The names and marks of a package, shared by who builds and who checks it."""

from pathlib import Path

SCHEMA = "heyi-court-package-1"
ATTESTATION_SCHEMA = "heyi-attestation-1"
READ_ME = "README.txt"
ATTESTATION = "attestation.json"
MANIFEST = "manifest.json"
SETTLEMENT = "settlement.pdf"
TERMS = "terms.json"
# Name to (role, media type), in the order of the archive; the manifest lists all but itself.
FILES = {
    READ_ME: ("cover", "text/plain; charset=utf-8"),
    ATTESTATION: ("attestation", "application/json"),
    MANIFEST: ("manifest", "application/json"),
    SETTLEMENT: ("agreement", "application/pdf"),
    TERMS: ("terms", "application/json"),
}
# What never leaves, said aloud (在线调解规则 18; UNCITRAL Model Law 2018, article 11).
EXCLUDED = (
    "chat",
    "caucus",
    "offers",
    "drafts",
    "mediator_notes",
    "evidence",
    "recordings",
    "identity_documents",
    "mediator_assessment",
)


def read_me() -> bytes:
    """The cover text, the same in every package."""
    return Path(__file__).with_name("read_me.txt").read_bytes()


def looks_like_package(content: bytes) -> bool:
    """Whether the bytes are, or were before somebody changed them, one of our packages."""
    marks = (SCHEMA.encode(), ATTESTATION_SCHEMA.encode())
    return not content.startswith(b"%PDF-") and any(mark in content for mark in marks)
