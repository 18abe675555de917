"""Keys for what a page lets the browser keep for the length of a visit, sealed (decision 0015)."""

from base64 import b64encode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32  # AES-256


def browser_key(session_key: str, *about: object) -> str:
    """The key of this session for one purpose, in base64: the same at every call, and another one
    for another session, person or case. It is stored nowhere. With the session's row gone, or
    `SECRET_KEY` changed, nobody can make it again.
    """
    info = "|".join(["heyi browser storage", *map(str, about)]).encode()
    kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=session_key.encode(), info=info)
    return b64encode(kdf.derive(settings.SECRET_KEY.encode())).decode()
