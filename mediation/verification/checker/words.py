"""What the page that checks on somebody's own device says, in every language at once."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from mediation.core.templatetags.heyi import language_tag
from mediation.settlements.document.report import Problem
from mediation.verification.enums import SEALS, Fact, Finding, Verdict

FINDINGS = [*(problem.value for problem in Problem), Finding.UNRECOGNISED.value]


def words() -> dict[str, dict[str, Any]]:
    """By language code: the texts of the page by name, verdicts, findings and facts by code."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found[code] = {"tag": language_tag(code), **_page(), **_answers(), **_report()}
    return found


def _page() -> dict[str, str]:
    return {
        "title": _("Check a settlement on your own device"),
        "intro": _(
            "Choose the PDF file. This browser checks it by itself: nothing is sent, and this page "
            "is not able to send anything. Saved to your disk it goes on working, without us and "
            "without a network."
        ),
        "file": _("Which settlement should be checked?"),
        "drop": _("You can also drop the file anywhere on this page."),
        "busy": _("Checking…"),
        "save": _("Save this checker"),
        "save_hint": _("One file, for any current browser. Keep it with your documents."),
        "other": _("In other languages"),
        "root_title": _("Whose signatures are trusted"),
        "root_text": _(
            "A settlement counts as genuine here when its signatures lead to this root "
            "certificate. Compare its fingerprint with one you got another way, such as from the "
            "centre."
        ),
        "root_none": _("This page holds no root certificate. Choose one to check against."),
        "root_other": _("Trust another root certificate instead (PEM)"),
        "root_wrong": _("This file holds no certificate. The one before stays in use."),
        "root_fingerprint": _("Fingerprint (SHA-256)"),
        "limits_title": _("What this page does not check"),
        "too_old": _(
            "This browser cannot check signatures here. Use a current browser, and open this page "
            "over a secure connection or from your disk."
        ),
        "comma": pgettext("between the parts of a line", " · "),
    }


def _answers() -> dict[str, Any]:
    return {
        "verdicts": {one.value: str(one.label) for one in Verdict},
        "advice": {
            "genuine": _("It was sealed under the root certificate below and not changed since."),
            "not_genuine": _(
                "Do not rely on it. Ask whoever gave it to you for the original file."
            ),
            "not_ours": _(
                "Nothing in it shows that it was sealed under the root certificate below. If it "
                "should have been, ask for the original file."
            ),
        },
        "found_title": _("What was found"),
        "findings": {code: str(Finding(code).label) for code in FINDINGS},
        "checked_title": _("What was checked"),
        "checked": [
            _("every signature, its certificate and its trusted time"),
            _("that nothing was changed or added after sealing"),
            _("that the printed text and the attached terms say the same"),
            _("that those signed whom the terms name"),
        ],
        "limits": _limits(),
    }


def _limits() -> list[str]:
    return [
        _(
            "Whether a certificate was revoked after the document was sealed: the lists in the "
            "document are used, and nothing is looked up."
        ),
        _(
            "Whether an outside time-stamp authority was revoked, when the document holds only its "
            "online answers (OCSP) about that."
        ),
        _(
            "What the picture of a signature looks like. The names in this report come from the "
            "certificates."
        ),
        _("Court packages, certificates of destruction and consent receipts: only settlements."),
        _(
            "Whether your clock is right. It is used for one thing: whether the newest time stamp "
            "is not too old."
        ),
    ]


def _report() -> dict[str, Any]:
    facts = [Fact.AGREEMENT_NO, Fact.CASE_NUMBER, Fact.CENTRE, Fact.SEALED_AT, Fact.ROOT_SHA256]
    return {
        "name": _("File"),
        "facts": {one.value: str(one.label) for one in facts},
        "signers_title": _("Who signed, as the file says"),
        "parts": {
            "party": _("party"),
            "mediator": _("mediator"),
            "center": _("seal of the centre"),
            "platform": _("issued by the platform"),
        },
        "seals": {name: str(label) for name, label in SEALS.items()},
    }
