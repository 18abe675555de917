"""The page that checks settlements in a browser: one file with everything in it, and no way out.

It is served as it is saved. Its policy lets only its own script and style run and nothing be
fetched, so what it is given cannot leave it; docs/decisions/0019 tells why it is made like this.
"""

import base64
import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from mediation.verification.checker.knowledge import knowledge
from mediation.verification.checker.words import words

STATIC = settings.BASE_DIR / "static"
SCRIPT = STATIC / "vendor" / "checker" / "checker.js"
TOKENS = STATIC / "css" / "tokens.css"
STYLE = "verification/checker.css"


@dataclass(frozen=True)
class CheckerPage:
    """The page and the content security policy it also carries within."""

    html: str
    policy: str


def checker_page(*, root_pem: bytes | None, tsa_roots_pem: bytes = b"") -> CheckerPage:
    """The page that trusts these roots. Raises FileNotFoundError before the front end is built."""
    script = SCRIPT.read_text(encoding="utf-8")
    style = TOKENS.read_text(encoding="utf-8") + render_to_string(STYLE)
    policy = _policy(script, style)
    said = words()
    data = {
        **knowledge(),
        "words": said,
        "root": (root_pem or b"").decode(),
        "timeRoots": tsa_roots_pem.decode(),
    }
    context = {
        "policy": policy,
        "script": SafeString(script),
        "style": SafeString(style),
        "languages": [(code, get_language_info(code)["name_local"]) for code in said],
        "data": data,
        "words": said[settings.LANGUAGE_CODE],
    }
    return CheckerPage(render_to_string("verification/checker.html", context), policy)


def _policy(script: str, style: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_source(script)}",
            f"style-src {_source(style)}",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
