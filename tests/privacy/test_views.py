"""Every page as the standing cast."""

import io
import re
import zipfile

import pytest
from django.urls import reverse

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.core.errors import WrongState
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Ground, RequestState
from mediation.privacy.history import history_of
from mediation.privacy.models import ErasureRequest
from mediation.verification.enums import Verdict
from mediation.verification.services import verify
from tests.privacy.conftest import run_erasures

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]


def statuses(cast, client, method, url):
    found = {}
    for name, user in cast.everybody.items():
        client.logout()
        if user is not None:
            client.force_login(user)
        found[name] = getattr(client, method)(url).status_code
    return found


def expected(others, **own):
    return {**dict.fromkeys(NAMES, others), "nobody": 302, **own}


def test_the_pages_as_everybody(left, client):
    case = left.case.pk
    page = reverse("privacy:case", args=[case])
    ask = reverse("privacy:ask", args=[case, "own"])
    download = reverse("privacy:download", args=[case])

    assert statuses(left, client, "get", page) == expected(
        404, party_a=200, party_b=200, mediator=200
    )
    assert statuses(left, client, "get", ask) == expected(
        404, party_a=200, party_b=200, mediator=403
    )
    assert statuses(left, client, "post", download) == expected(
        404, party_a=200, party_b=200, mediator=403
    )
    assert statuses(left, client, "get", download)["party_a"] == 405
    assert statuses(left, client, "post", ask) == expected(
        404, party_a=302, party_b=302, mediator=403
    )
    assert client.get(reverse("privacy:ask", args=[case, "nonsense"])).status_code == 302

    run_erasures(left.case)
    mine = certificates_visible_to(left.party_a).get().pk
    for name in ("privacy:certificate", "privacy:file"):
        assert statuses(left, client, "get", reverse(name, args=[mine])) == expected(
            404, party_a=200
        )


def test_the_whole_way_of_a_wish(left, client):
    page = reverse("privacy:case", args=[left.case.pk])
    ask = reverse("privacy:ask", args=[left.case.pk, "everything"])
    client.force_login(left.party_a)
    assert "cannot be brought back" in client.get(ask).content.decode()
    assert client.post(ask).headers["Location"] == page
    assert "Take this wish back" in client.get(page).content.decode()
    wish = ErasureRequest.objects.get()

    withdraw = reverse("privacy:withdraw", args=[wish.pk])
    assert statuses(left, client, "post", withdraw) == expected(404, party_a=302)
    wish.refresh_from_db()
    assert wish.state == RequestState.WITHDRAWN
    client.force_login(left.party_a)
    assert client.post(withdraw).status_code == WrongState.status

    client.post(ask)
    client.force_login(left.party_b)
    assert "The other side would like earlier destruction" in client.get(page).content.decode()
    client.post(ask)
    assert "A destruction is under way" in client.get(page).content.decode()
    run_erasures(left.case)
    shown = client.get(page).content.decode()
    assert "Certificate of" in shown
    certificate = certificates_visible_to(left.party_b).get()
    words = client.get(reverse("privacy:certificate", args=[certificate.pk])).content.decode()
    assert "Every side asked for it" in words
    assert "Messages: 1" in words
    file = client.get(reverse("privacy:file", args=[certificate.pk]))
    assert 'filename="deletion-certificate.json"' in file.headers["Content-Disposition"]
    assert verify(file.content).verdict == Verdict.GENUINE


def test_an_open_case_shows_dates_and_why(mediated, client):
    client.force_login(mediated.party_a)

    page = client.get(reverse("privacy:case", args=[mediated.case.pk])).content.decode()

    assert "at the latest" in page
    assert "You can ask for it once the case has ended" in page
    assert "still go to court" in page
    assert client.get(reverse("privacy:ask", args=[mediated.case.pk, "own"])).status_code == 409


def test_the_history_tells_who_looked_and_never_who_said_no(left, client):
    client.force_login(left.party_b)
    page = client.get(reverse("privacy:case", args=[left.case.pk])).content.decode()
    assert "Looked at the names" in page
    assert "Left the mediation" not in page
    assert "for the mediator alone" in page  # one's own

    client.force_login(left.party_a)
    page = client.get(reverse("privacy:case", args=[left.case.pk])).content.decode()
    assert "Left the mediation" in page
    assert page.count("Added a document for the mediator alone") == 1


def consents_in(cast, client, name, language):
    """The words of the consents in this person's history, newest first."""
    user = cast.everybody[name]
    User.objects.filter(pk=user.pk).update(language=language)
    client.force_login(User.objects.get(pk=user.pk))
    page = client.get(reverse("privacy:case", args=[cast.case.pk])).content.decode()
    cells = re.findall(r'<td class="govuk-table__cell">([^<]*)</td>', page)
    return [cell for cell in cells if re.match("(Gave|Took) a consent|(作出|撤回)同意：", cell)]


def test_the_history_names_the_consents_to_whoever_gave_them(mediated, client):
    consents.withdraw_consent(actor=mediated.party_a, case=mediated.case, purpose=Purpose.VIDEO)
    said = consents_in(mediated, client, "party_a", "en")
    assert said[0] == "Took a consent back: Video calls"
    assert set(said[1:]) == {
        f"Gave a consent: {title}"
        for title in ("Mediation", "Mediation online", "Video calls", "Signing electronically")
    }
    in_chinese = consents_in(mediated, client, "party_a", "zh-hans")
    assert in_chinese[0] == "撤回同意：视频通话"
    assert len(in_chinese) == len(said)
    others = consents_in(mediated, client, "party_b", "en")
    assert not [line for line in others if line.startswith("Took")]
    assert consents_in(mediated, client, "mediator", "en") == []


def test_an_entry_that_names_no_consent_of_ours_says_so_much_as_before(mediated):
    ada = mediated.case.participants.get(user=mediated.party_a)
    for facts in ({}, {"purpose": "fortune_telling"}):
        event = {"actor": mediated.party_a, "target": ada, "case_id": mediated.case.pk, **facts}
        audit.record(action="consent.given", **event)
        assert str(history_of(ada)[0].what) == "Gave a consent"


def test_the_download_is_a_zip(left, client):
    client.force_login(left.party_a)

    answer = client.post(reverse("privacy:download", args=[left.case.pk]))

    assert answer.headers["Content-Type"] == "application/zip"
    assert "data.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_no_law_is_quoted_to_people_whose_law_it_may_not_be():
    words = " ".join(str(ground.label) for ground in Ground)
    assert [law for law in ("GDPR", "/EC", "法") if law in words] == []
