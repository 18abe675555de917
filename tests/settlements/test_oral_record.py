"""What both sides agreed orally, afterwards: who has the record, for how long, and what follows."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from django.utils import timezone
from django.utils.formats import date_format

from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.core.errors import Forbidden, WrongState
from mediation.courts.access import settlement_to_release
from mediation.performance.access import settlements_tracked_by
from mediation.privacy.selectors import left_for
from mediation.privacy.services.export import download_data
from mediation.profiles.selectors import period_in
from mediation.settlements import access
from mediation.settlements.document.terms import (
    SCHEMA,
)
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.selectors import current_version, draft_terms, version_terms
from mediation.settlements.services import drafting, offering, reading
from mediation.settlements.services.revisions import sha256_of
from tests.factories.cast import Cast
from tests.factories.settlements import (
    agree,
    conclude_change,
    make_oral,
    open_change,
)
from tests.settlements.test_oral import STRANGERS, fresh
from tests.settlements.test_views import as_person, page, text_of

pytestmark = pytest.mark.django_db


def test_the_record_is_for_both_sides_and_the_mediator(cast: Cast):
    settlement = make_oral(cast)
    version = current_version(settlement)
    assert version is not None
    for who in ("party_a", "party_b", "mediator"):
        copy = reading.read_record(actor=getattr(cast, who), settlement=settlement)
        assert copy.content == to_json(version_terms(version))
        assert sha256_of(copy.content) == copy.sha256 == version.terms_sha256
        shown = text_of(as_person(getattr(cast, who)).get(page(cast, "read")))
        assert "The rest of the loan" in shown
        assert "In effect since" in shown
        assert version.terms_sha256 in shown
    for who in STRANGERS:
        with pytest.raises(Forbidden):
            reading.read_record(actor=getattr(cast, who), settlement=settlement)
        assert as_person(getattr(cast, who)).get(page(cast, "read")).status_code == 404
        assert as_person(getattr(cast, who)).get(page(cast, "record")).status_code == 404


def published(schema: str) -> Any:
    return json.loads(Path(f"docs/schemas/{schema}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_file_people_keep_is_valid_as_what_it_says_it_is(cast: Cast, language: str):
    settlement = make_oral(cast, language=language)
    downloaded = as_person(cast.party_a).get(page(cast, "record")).content
    version = current_version(settlement)
    assert version is not None
    assert sha256_of(downloaded) == version.terms_sha256
    kept = json.loads(downloaded)
    assert (kept["schema"], kept["effective_rule"]) == ("heyi-oral-record-1", "when_agreed")
    jsonschema.validate(kept, published(kept["schema"]))
    for wrong in ({"schema": "heyi-settlement-3"}, {"effective_rule": "last_party_signature"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**kept, **wrong}, published("heyi-oral-record-1"))
    with pytest.raises(jsonschema.ValidationError):  # and it never passes for a document
        jsonschema.validate({**kept, "schema": SCHEMA}, published(SCHEMA))


def test_a_draft_that_is_to_be_signed_after_all_is_a_settlement_again(cast: Cast):
    settlement = make_oral(cast, stage="offered")
    assert draft_terms(settlement).schema == "heyi-oral-record-1"
    offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    drafting.choose_oral(actor=cast.mediator, settlement=fresh(settlement), is_oral=False)
    assert draft_terms(fresh(settlement)).schema == SCHEMA


def test_before_both_agreed_there_is_no_record_to_take_away(cast: Cast):
    offered = make_oral(cast, stage="offered")
    agree(cast.party_a, offered)
    with pytest.raises(WrongState):
        reading.read_record(actor=cast.party_a, settlement=fresh(offered))


def test_a_court_gets_nothing_of_it(cast: Cast):
    make_oral(cast)
    assert settlement_to_release(cast.case) is None
    assert "Give the settlement to a court" not in text_of(
        as_person(cast.party_a).get(f"/cases/{cast.case.pk}/")
    )


def test_its_two_sides_track_it_like_any_other(cast: Cast):
    settlement = make_oral(cast)
    for who in ("party_a", "party_b"):
        assert list(settlements_tracked_by(getattr(cast, who))) == [settlement]
        found = as_person(getattr(cast, who)).get(f"/api/v1/cases/{cast.case.pk}/obligations/")
        told = found.json()
        assert (told["settlement"], told["form"]) == (settlement.number, "oral")
        assert told["agreed_at"] is not None
        assert [line["line"] for line in told["lines"]] == ["o1", "o2"]
    for who in (*STRANGERS, "mediator"):
        assert not settlements_tracked_by(getattr(cast, who)).exists()
        address = f"/api/v1/cases/{cast.case.pk}/obligations/"
        assert as_person(getattr(cast, who)).get(address).status_code in {403, 404}


def test_it_is_kept_as_long_as_a_signed_one(cast: Cast):
    make_oral(cast)
    case = Case.objects.get(pk=cast.case.pk)
    assert case.closed_at is not None
    part = cast.case.participants.get(user=cast.party_a)
    (line,) = [one for one in left_for(part) if one.compartment == Compartment.SETTLEMENT]
    assert line.is_final
    assert line.at == case.closed_at + period_in(case.periods, "settled", "settlement")
    assert line.at > case.closed_at + period_in(case.periods, "not_settled", "settlement")
    shown = text_of(as_person(cast.party_a).get(f"/cases/{case.pk}/privacy/"))
    day = date_format(timezone.localtime(line.at, ZoneInfo(cast.party_a.time_zone)), "DATE_FORMAT")
    assert re.search(rf"The settlement(?:(?!\d{{4}}).)*{day}", shown), shown


def test_the_copy_of_a_partys_data_holds_it(cast: Cast):
    settlement = make_oral(cast)
    version = current_version(settlement)
    assert version is not None
    archive = zipfile.ZipFile(io.BytesIO(download_data(actor=cast.party_a, case=cast.case)))
    record = next(name for name in archive.namelist() if name.endswith(f"{settlement.number}.json"))
    assert sha256_of(archive.read(record)) == version.terms_sha256
    jsonschema.validate(json.loads(archive.read(record)), published("heyi-oral-record-1"))
    data = json.loads(archive.read(next(n for n in archive.namelist() if n.endswith("data.json"))))
    told = data["settlements"][0]
    assert (told["state"], bool(told["agreed_orally_at"])) == ("oral", True)
    assert told["i_confirmed_that_i_am_free_to_say_no_at"] is not None


def test_it_is_written_down_by_a_settlement_both_sign(cast: Cast):
    spoken = make_oral(cast)
    recorded = current_version(spoken)
    assert recorded is not None
    assert "Put it in writing" in text_of(as_person(cast.party_a).get(page(cast, "read")))
    open_change(cast, spoken)
    cast.case.profile = "cn-people"
    cast.case.save(update_fields=["profile"])
    assert not access.can_be_oral(cast.case)
    written = conclude_change(cast)
    terms = version_terms(written.document.version)
    assert terms.schema == SCHEMA
    assert terms.supersedes is not None
    assert terms.supersedes.agreement_no == spoken.number
    assert terms.supersedes.sha256 == recorded.terms_sha256
    assert [one.description for one in terms.obligations] == [
        one.description for one in version_terms(recorded).obligations
    ]
    assert (written.state, fresh(spoken).replaced_by) == (S.SEALED, written.number)
    assert settlement_to_release(cast.case) == written
