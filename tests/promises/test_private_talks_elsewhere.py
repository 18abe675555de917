"""Promise 2 away from the pages: mails, logs, files to take away, the API (S4, S5, T3, T4, C4)."""

import io
import re
import zipfile
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings
from django.core import mail

from mediation.audit.models import EntryDetail
from mediation.cases.models import Consent
from mediation.cases.services.consents import receipt
from mediation.cases.services.participation import leave_case
from mediation.courts.enums import Scope as TokenScope
from mediation.courts.services.packages import build_package
from mediation.courts.services.tokens import make_token
from mediation.offers.models import SealedFigure
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Scope
from mediation.privacy.models import Erasure
from mediation.privacy.services.certificates import file_of
from mediation.privacy.services.erasing import carry_out
from mediation.privacy.services.export import download_data
from mediation.privacy.services.requests import ask_erasure
from mediation.settlements.services.reading import read_document
from tests.promises.crawler import crawl, every_address
from tests.promises.story import EVERY_SECRET, FIGURES, SECRETS, do_queued_jobs
from tests.promises.tables import fingerprint
from tests.promises.world import CANARIES, client_of, make_world, values_of_every_parameter

pytestmark = pytest.mark.django_db
LETTERS = Path(settings.BASE_DIR) / "templates" / "mail"
# All a letter may say: which case, which page, who asks or judges, and until when.
SAYABLE = {
    *("public_url", "contact_email", "site_name", "number", "case_id", "assignment_id"),
    *("case", "case.pk", "case.number"),
    *("applicant", "center", "court", "code", "token", "date", "until", "expires_at"),
    *("is_reminder", "is_amendment", "is_mediator", "hold_id", "request_id", "review_on", "due_on"),
}
TAG = re.compile(r"\{[{%]\s*(.*?)\s*[%}]\}", re.DOTALL)
QUOTED = re.compile(r"\"[^\"]*\"")
# Words of the template language itself.
LANGUAGE = {
    *("load", "i18n", "autoescape", "off", "endautoescape", "translate", "blocktranslate"),
    *("endblocktranslate", "with", "if", "else", "elif", "endif", "trimmed", "not", "and", "or"),
}


def found_in(content, words):
    text = content if isinstance(content, bytes) else str(content).encode()
    return {word for word in words if word.encode() in text}


def clear(content):
    """A file with everything in it unpacked: archives, and the streams of PDF documents."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"\n".join(clear(archive.read(name)) for name in archive.namelist())
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            streams = [one for one in pdf.objects if isinstance(one, pikepdf.Stream)]
            return content + b"\n".join(_stream(one) for one in streams)
    return content


def _stream(one):
    try:
        return one.read_bytes()
    except pikepdf.PdfError:  # a picture, in a form that only shows
        return one.read_raw_bytes()


def test_the_net_would_notice(story):
    """The files are opened far enough to read what is in them."""
    assert found_in(clear(download_data(actor=story.cast.party_a, case=story.case)), EVERY_SECRET)
    pdf = read_document(actor=story.cast.party_a, settlement=story.settlement).content
    assert b"The rest of the loan" in clear(pdf)


# --- Mails --------------------------------------------------------------------------------------


def test_no_letter_of_a_whole_case_says_anything_confidential(story):
    assert len(story.letters) > 25
    for letter in story.letters:
        assert found_in(str(letter.message()), EVERY_SECRET) == set(), letter.subject


@pytest.mark.parametrize("path", sorted(LETTERS.rglob("*.txt")), ids=lambda path: path.stem)
def test_no_letter_has_a_place_for_anything_confidential(path):
    tags = TAG.findall(path.read_text(encoding="utf-8"))
    found = {
        word
        for tag in tags
        for word in re.findall(r"[a-z_][\w.]*", re.sub(r"\|\w+(:\S*)?", "", QUOTED.sub("", tag)))
    }
    assert found - LANGUAGE <= SAYABLE


def test_a_new_private_message_is_announced_to_nobody_by_mail(story):
    """Not even that something was said: a mail at night would betray a private talk."""
    subjects = {letter.subject.partition(":")[2] or letter.subject for letter in story.letters}
    assert not [one for one in subjects if re.search(r"(?i)message|private|caucus|wrote", one)]


# --- Logs ---------------------------------------------------------------------------------------


def test_no_log_line_of_a_whole_case_says_anything_confidential(story, caplog):
    """Down to DEBUG; then also what is logged when somebody tries the doors."""
    assert len(story.log) > 500  # somebody does say something
    assert found_in(story.log, EVERY_SECRET) == set()
    with caplog.at_level("DEBUG"):
        browser = client_of(story.cast.party_b)
        crawl(browser, every_address(values_of_every_parameter())[:60])
    assert caplog.text
    assert found_in(caplog.text, EVERY_SECRET) == set()


def test_the_record_of_acts_says_nothing_confidential(story):
    kept = b"".join(bytes(row.details) for row in EntryDetail.objects.all())
    assert found_in(kept, EVERY_SECRET) == set()


def test_the_figures_of_a_sealed_offer_are_nowhere(story):
    """In no letter, log, record or table, in clear; and nothing sealed is left of them."""
    letters = "".join(str(letter.message()) for letter in story.letters)
    assert "a sealed offer has ended" in letters
    kept = b"".join(bytes(row.details) for row in EntryDetail.objects.all())
    for place in (letters, story.log, kept, repr(fingerprint())):
        assert found_in(place, FIGURES) == set()
    assert not SealedFigure.objects.exists()


# --- Files to take away ---------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "other"), [("party_a", "B"), ("party_b", "A")])
def test_the_download_of_ones_data_has_nothing_of_the_other_side(story, who, other):
    content = clear(download_data(actor=getattr(story.cast, who), case=story.case))
    assert found_in(content, SECRETS[other]) == set()
    own = SECRETS["A" if other == "B" else "B"]
    assert found_in(content, own) == set(own)


def test_the_settlement_has_nothing_said_before_it(story):
    for who in ("party_a", "party_b", "mediator"):
        copy = read_document(actor=getattr(story.cast, who), settlement=story.settlement)
        assert found_in(clear(copy.content), EVERY_SECRET) == set()


def test_the_court_package_has_nothing_said_before_it(story):
    release = story.release
    release.settlement, release.case = story.settlement, story.case
    assert found_in(clear(build_package(release).content), EVERY_SECRET) == set()


def test_a_receipt_has_nothing_that_was_said(story):
    for consent in Consent.objects.select_related("case__center"):
        assert found_in(receipt(consent=consent), EVERY_SECRET) == set()


def test_a_certificate_tells_each_side_of_its_own_talk_only(db):
    """That the other side had a private talk at all, and how long, is theirs too."""
    world = make_world()
    leave_case(actor=world.cast.party_b, case=world.case)
    world.case.refresh_from_db()
    ask_erasure(actor=world.cast.party_a, case=world.case, scope=Scope.OWN)
    for erasure in Erasure.objects.unfinished():
        carry_out(erasure=erasure)
    mine = certificates_visible_to(world.cast.party_a)
    assert [found_in(file_of(one), CANARIES) for one in mine] == [set()]
    assert not certificates_visible_to(world.cast.party_b).exists()
    mail.outbox.clear()
    do_queued_jobs()
    assert not [
        one
        for one in mail.outbox
        if world.cast.party_b.email in one.to and "destroy" in one.subject
    ]


# --- Pages after the end, and the API -------------------------------------------------------------


@pytest.mark.parametrize("who", ["party_a", "party_b", "clerk", "other_clerk"])
def test_the_end_of_a_case_opens_nothing(story, who):
    """Settled, sealed, released and fetched: every page is as closed as before. For outsiders
    each address is in doors_after_settlement.txt.
    """
    user = story.other_clerk if who == "other_clerk" else story.cast.everybody[who]
    seen = crawl(client_of(user), every_address(values_of_every_parameter()))
    found = set().union(*(found_in(clear(body), EVERY_SECRET) for _s, body in seen.values()))
    own = {"party_a": SECRETS["A"], "party_b": SECRETS["B"]}.get(who, ())
    shared = set(EVERY_SECRET) - {*SECRETS["A"], *SECRETS["B"]} if own else set()
    assert found <= {*own, *shared}
    assert found >= {word for word in own if "talk" in word}
    assert not [path for path, (status, _body) in seen.items() if status >= 500]


@pytest.mark.parametrize("scopes", [[one] for one in TokenScope] + [list(TokenScope)])
def test_no_token_reads_a_word_of_it(story, client, scopes):
    _row, token = make_token(court=story.court, label="docket", scopes=scopes)
    header = {"authorization": f"Bearer {token}"}
    home = f"/api/v1/packages/{story.release.pk}/"
    for path in ("/api/v1/packages/", home, f"{home}file/", "/api/v1/schema/"):
        answer = client.get(path, headers=header)
        assert found_in(clear(answer.content), EVERY_SECRET) == set(), path
