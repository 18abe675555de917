"""The register of breaches: who reads it, the hours, what it may not hold, and its end."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit.models import Entry, EntryDetail
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.rights.enums import BreachHarm, Light
from mediation.rights.errors import StaleEntry
from mediation.rights.models import Breach
from mediation.rights.selectors.breaches import (
    BreachFacts,
    BreachWords,
    breach_place,
    facts_of,
    register_of,
    shown_breach,
    waiting_for,
    worst_of,
)
from mediation.rights.services import breaches as services
from mediation.vault import services as vault
from tests.factories.cast import NAMES, make_cast, person
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"content_type": "application/json"}
WHAT = "breach-canary: a letter went to a wrong mailbox"
CLOSED_TO = [name for name in NAMES if name != "nobody"]
HOUR = timedelta(hours=1)
DAY_BEFORE = timezone.now().date() - timedelta(days=3)


@pytest.fixture
def cast():
    """The centre's officer, and one of another centre."""
    made = make_cast("mediating")
    elsewhere = Center.objects.get(name="Elsewhere")
    for name, center in (("officer", made.center), ("elsewhere", elsewhere)):
        made.extra[name] = person(name)
        role = CenterRole.PRIVACY_OFFICER
        centers.add_member(center=center, user=made.extra[name], role=role)
    return made


@pytest.fixture
def breach(cast):
    return record(cast)


def facts(known=HOUR, told=None, people_told_on=None, **words):
    """Known so long ago, the authority told so long ago."""
    now = timezone.now()
    return BreachFacts(
        known_at=now - known,
        harm=BreachHarm.SOME,
        words=BreachWords(**{"what": WHAT, **words}),
        people_count=2,
        authority_told_at=None if told is None else now - told,
        people_told_on=people_told_on,
    )


def record(cast, name="officer", **changes):
    return services.record_breach(
        actor=user_of(cast, name), center=cast.center, facts=facts(**changes)
    )


def user_of(cast, name):
    return {**cast.everybody, **cast.extra}[name]


def written(cast, **changes):
    return {
        "client_id": str(uuid4()),
        "center": str(cast.center.pk),
        "what": WHAT,
        "known_at": (timezone.now() - HOUR).isoformat(),
        "harm": "some",
        "people_count": 3,
        "cases": [cast.case.number],
        **changes,
    }


def form_of(**changes):
    now = timezone.localtime()
    said = {"what": WHAT, "harm": "high", "known_time": "00:00", "cases": ""}
    said |= {"client_id": str(uuid4()), "edition": "1", **changes}
    for name in ("known_on", "authority_told_on", "people_told_on"):
        day = said.pop(name, now.date() if name == "known_on" else None)
        if day:
            parts = {"day": day.day, "month": day.month, "year": day.year}
            said |= {f"{name}_{part}": value for part, value in parts.items()}
    return said


def call(cast, name, address, body=None, method="post", **ids):
    client = client_of(user_of(cast, name))
    return getattr(client, method)(reverse(f"api:{address}", kwargs=ids), body, **JSON)


def get(cast, name, address, **ids):
    return client_of(user_of(cast, name)).get(reverse(f"api:{address}", kwargs=ids))


# --- Who --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CLOSED_TO, "elsewhere"])
def test_only_officers_of_the_centre_write_and_read(cast, breach, name):
    user = user_of(cast, name)
    with pytest.raises(Forbidden):
        record(cast, name)
    with pytest.raises(Forbidden):
        services.change_breach(actor=user, breach=breach, edition=1, facts=facts())
    with pytest.raises(Forbidden):
        services.close_breach(actor=user, breach=breach)
    if name != "elsewhere":
        with pytest.raises(Forbidden):
            services.export_register(actor=user)
    client, officer = client_of(user), name == "elsewhere"
    for page, ids in (("breaches", {}), ("record_breach", {})):
        assert client.get(reverse(f"rights:{page}", kwargs=ids)).status_code == (
            200 if officer else 403
        )
    for page in ("breach", "change_breach"):
        assert client.get(reverse(f"rights:{page}", args=[breach.pk])).status_code == 404
    assert client.post(reverse("rights:close_breach", args=[breach.pk])).status_code == 404
    assert client.post(reverse("rights:export_breaches")).status_code == (200 if officer else 403)
    assert get(cast, name, "breach", breach_id=breach.pk).status_code == 404
    assert call(cast, name, "breach-close", breach_id=breach.pk).status_code == 404
    put = call(cast, name, "breach", written(cast), "put", breach_id=breach.pk)
    assert put.status_code == 404
    assert get(cast, name, "breaches").status_code == (200 if officer else 403)
    made = call(cast, name, "breaches", written(cast))
    assert made.status_code == (404 if officer else 403)
    assert WHAT not in client.get(reverse("rights:desk")).content.decode()
    assert Breach.objects.count() == 1


def test_another_centres_officer_sees_none_of_it(cast, breach):
    register = register_of(user_of(cast, "elsewhere"))
    assert (register.waiting, register.closed) == ([], [])
    said = call(cast, "elsewhere", "breaches-export")
    assert json.loads(said.content)["breaches"] == []


def test_nobody_gets_in_without_signing_in(cast, breach):
    for page in ("breaches", "record_breach"):
        assert client_of(None).get(reverse(f"rights:{page}")).status_code == 302
    assert get(cast, "nobody", "breaches").status_code == 401
    assert call(cast, "nobody", "breaches-export").status_code == 401


# --- The hours --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "hours", "light"),
    [
        *(("generic", hours, Light.GREEN) for hours in (0, 47)),
        *(("generic", hours, Light.AMBER) for hours in (48, 71)),
        ("generic", 73, Light.RED),
        *(("cn-people", hours, Light.AMBER) for hours in (0, 71)),
        ("cn-people", 73, Light.RED),
    ],
)
def test_the_light_counts_our_hours(cast, profile, hours, light):
    Center.objects.filter(pk=cast.center.pk).update(profile=profile)
    breach = record(cast, known=hours * HOUR)
    shown = shown_breach(breach)
    assert shown.light == light
    assert shown.tell_by == breach.known_at + 72 * HOUR
    page = client_of(user_of(cast, "officer")).get(reverse("rights:breaches"))
    assert str(light.label) in page.content.decode()


def test_the_light_is_green_once_the_authority_is_told_or_it_says_why_not(cast):
    told = shown_breach(record(cast, known=100 * HOUR, told=HOUR))
    assert (told.light, told.was_told_late, told.is_decided) == (Light.GREEN, True, False)
    why = shown_breach(record(cast, known=100 * HOUR, authority_why="No harm."))
    assert (why.light, why.was_told_late) == (Light.GREEN, False)
    in_time = shown_breach(record(cast, known=71 * HOUR, told=HOUR, people_why="No harm."))
    assert (in_time.was_told_late, in_time.is_decided) == (False, True)


def test_the_desk_shows_the_worst_light(cast):
    for hours in (1, 80, 50):
        record(cast, known=hours * HOUR)
    assert worst_of(waiting_for(user_of(cast, "officer"))).light == Light.RED
    page = client_of(user_of(cast, "officer")).get(reverse("rights:desk")).content.decode()
    assert "3 are to be dealt with" in page
    assert str(Light.RED.label) in page


# --- Writing, closing, forgetting ----------------------------------------------------------------


def test_words_are_sealed_and_in_no_record(cast, breach):
    stored = str(list(Breach.objects.values()))
    for details, leaf in EntryDetail.objects.values_list("details", "entry__leaf"):
        stored += (bytes(details) + bytes(leaf)).decode()
    assert (breach_place(breach).compartment in stored, "breach.recorded" in stored) == (True, True)
    assert "breach-canary" not in stored
    assert shown_breach(breach).words.what == WHAT


def test_an_entry_names_no_person_and_points_to_no_case():
    pointed = {field.related_model for field in Breach._meta.concrete_fields} - {None}
    assert pointed == {Center}


def test_what_is_still_to_come_is_not_written_down(cast):
    for wrong in ({"known": -HOUR}, {"told": -HOUR}, {"cases": "Ada Applicant"}):
        with pytest.raises(InvalidInput):
            record(cast, **wrong)
    assert not Breach.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"told": 2 * HOUR},
        {"people_told_on": DAY_BEFORE},
        {"measures": "x" * (services.MOST_WORDS + 1)},
    ],
)
def test_what_cannot_be_is_not_written_down(cast, breach, wrong):
    with pytest.raises(InvalidInput):
        record(cast, **wrong)
    with pytest.raises(InvalidInput):
        services.change_breach(
            actor=user_of(cast, "officer"), breach=breach, edition=1, facts=facts(**wrong)
        )
    assert Breach.objects.get() == breach
    assert shown_breach(breach).breach.authority_told_at is None


def test_one_is_told_in_the_same_minute_and_on_the_same_day_wherever_the_officer_is(cast):
    known = timezone.now().replace(second=40, microsecond=0) - 2 * HOUR
    told = replace(facts(), known_at=known, authority_told_at=known.replace(second=0))
    west = known.astimezone(ZoneInfo("Etc/GMT+12")).date()
    told = replace(told, people_told_on=west)
    made = services.record_breach(actor=user_of(cast, "officer"), center=cast.center, facts=told)
    assert (made.authority_told_at, made.people_told_on) == (known.replace(second=0), west)
    for wrong in (
        replace(told, authority_told_at=known - timedelta(minutes=1)),
        replace(told, people_told_on=west - timedelta(days=1)),
    ):
        with pytest.raises(InvalidInput):
            services.record_breach(actor=user_of(cast, "officer"), center=cast.center, facts=wrong)


def test_nobody_writes_over_what_they_have_not_read(cast, breach):
    officer = user_of(cast, "officer")
    first, second = facts(effects="First."), facts(measures="Second.")
    now = services.change_breach(actor=officer, breach=breach, edition=1, facts=first)
    with pytest.raises(StaleEntry):
        services.change_breach(actor=officer, breach=breach, edition=1, facts=second)
    breach.refresh_from_db()
    assert (facts_of(breach), breach.edition) == (first, now.edition) == (first, 2)
    before = Entry.objects.count()
    services.change_breach(actor=officer, breach=breach, edition=1, facts=first)
    assert Entry.objects.count() == before, "the same again is nothing new"
    services.change_breach(actor=officer, breach=breach, edition=2, facts=second)
    assert facts_of(Breach.objects.get()) == second


def test_it_is_closed_when_both_questions_are_answered_and_then_changes_no_more(cast, breach):
    officer = user_of(cast, "officer")
    with pytest.raises(WrongState):
        services.close_breach(actor=officer, breach=breach)
    told = facts(told=timedelta(), people_why="Nobody is harmed.")
    services.change_breach(actor=officer, breach=breach, edition=1, facts=told)
    closed = services.close_breach(actor=officer, breach=breach)
    assert register_of(officer).closed[0].breach == closed
    for again in (services.close_breach, services.change_breach):
        more = {"facts": told, "edition": 2} if again is services.change_breach else {}
        with pytest.raises(WrongState):
            again(actor=officer, breach=closed, **more)
    page = client_of(officer).get(reverse("rights:change_breach", args=[breach.pk]))
    assert page.status_code == 409


def test_three_years_after_it_was_closed_its_key_and_row_are_gone(cast, breach):
    officer, waits = user_of(cast, "officer"), record(cast)
    told = facts(told=timedelta(), people_why="Nobody is harmed.")
    services.change_breach(actor=officer, breach=breach, edition=1, facts=told)
    services.close_breach(actor=officer, breach=breach)
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 - 1), tick=False):
        call_command("forget_requests")
    assert Breach.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 + 1), tick=False):
        call_command("forget_requests")
    assert Breach.objects.get() == waits, "what is not closed stays"
    name = breach_place(breach).compartment
    assert name not in vault.compartments_with_keys(case_id=breach.pk)
    assert name in vault.compartments_with_keys(case_id=waits.pk)


# --- The pages --------------------------------------------------------------------------------


def test_an_officer_writes_it_down_adds_to_it_and_closes_it(cast):
    client = client_of(user_of(cast, "officer"))
    said = {**form_of(cases=cast.case.number.lower()), "center": cast.center.pk}
    made = client.post(reverse("rights:record_breach"), said)
    breach = Breach.objects.get()
    assert made.headers["Location"] == reverse("rights:breach", args=[breach.pk])
    page = client.get(made.headers["Location"]).content.decode()
    assert (WHAT in page, cast.case.number in page, "Close it" in page) == (True, True, False)
    change = reverse("rights:change_breach", args=[breach.pk])
    assert WHAT in client.get(change).content.decode()
    said |= {"authority_why": "No harm.", "people_why": "No harm.", "people_count": "12"}
    assert client.post(change, said).status_code == 302
    page = client.get(made.headers["Location"]).content.decode()
    assert ("Close it" in page, "12" in page) == (True, True)
    client.post(reverse("rights:close_breach", args=[breach.pk]))
    assert WHAT in client.get(reverse("rights:breaches")).content.decode()
    breach.refresh_from_db()
    assert breach.closed_at is not None


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": ""}, "what"),
        ({"harm": "huge"}, "harm"),
        ({"cases": "Ada Applicant"}, "cases"),
        ({"known_time": "later"}, "known_time"),
        ({"known_on": timezone.now().date() + timedelta(days=3)}, "known_on"),
        ({"authority_told_time": "10:00"}, "authority_told_on"),
        ({"people_told_on": timezone.now().date() + timedelta(days=3)}, "people_told_on"),
        ({"people_count": "-1"}, "people_count"),
        ({"authority_told_on": DAY_BEFORE, "authority_told_time": "10:00"}, "authority_told_on"),
        ({"people_told_on": DAY_BEFORE}, "people_told_on"),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(cast, language, changes, field):
    User.objects.filter(pk=cast.extra["officer"].pk).update(language=language)
    client = client_of(User.objects.get(pk=cast.extra["officer"].pk))
    said = {**form_of(**changes), "center": cast.center.pk}
    answer = client.post(reverse("rights:record_breach"), said)
    assert answer.status_code == 200
    (wrong,) = answer.context["form"].errors.items()
    assert wrong[0] == field
    if field not in {"harm", "people_count"}:  # those are Django's own words
        assert str(wrong[1][0]).isascii() is (language == "en")
    assert not Breach.objects.exists()


def test_pressing_twice_writes_one_entry(cast):
    client, address = client_of(user_of(cast, "officer")), reverse("rights:record_breach")
    shown = client.get(address).context["form"]["client_id"].value()
    said = {**form_of(client_id=shown), "center": cast.center.pk}
    first, second = client.post(address, said), client.post(address, said)
    assert (first.status_code, first.headers["Location"]) == (302, second.headers["Location"])
    assert Breach.objects.count() == 1
    again = client.get(address).context["form"]["client_id"].value()
    client.post(address, {**said, "client_id": again})
    assert Breach.objects.count() == 2


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whoever_saves_second_keeps_what_they_typed_and_sees_the_entry(cast, breach, language):
    officer = User.objects.get(pk=user_of(cast, "officer").pk)
    User.objects.filter(pk=officer.pk).update(language=language)
    client, address = client_of(officer), reverse("rights:change_breach", args=[breach.pk])
    services.change_breach(
        actor=officer, breach=breach, edition=1, facts=facts(effects="Of the first.")
    )
    said = {**form_of(effects="Of the second."), "center": cast.center.pk}
    refused = client.post(address, said)
    (words,) = refused.context["form"].non_field_errors()
    assert (refused.status_code, words.isascii()) == (200, language == "en")
    page = refused.content.decode()
    assert ("Of the first." in page, "Of the second." in page) == (True, True)
    assert facts_of(Breach.objects.get()).words.effects == "Of the first."
    said["edition"] = refused.context["form"]["edition"].value()
    assert client.post(address, said).status_code == 302
    assert facts_of(Breach.objects.get()).words.effects == "Of the second."


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_saving_it_unchanged_moves_no_moment(cast, zone):
    """A program writes seconds down, which no box of the page shows."""
    officer = user_of(cast, "officer")
    User.objects.filter(pk=officer.pk).update(time_zone=zone)
    known = timezone.now().replace(second=41, microsecond=5) - 3 * HOUR
    exact = replace(facts(), known_at=known, authority_told_at=known + HOUR)
    breach = services.record_breach(actor=officer, center=cast.center, facts=exact)
    client, address = client_of(officer), reverse("rights:change_breach", args=[breach.pk])
    form = client.get(address).context["form"]
    said = {name: form[name].value() or "" for name in form.fields if not name.endswith("_on")}
    for name in ("known_on", "authority_told_on"):
        day = form[name].value()
        parts = {"day": day.day, "month": day.month, "year": day.year}
        said |= {f"{name}_{part}": value for part, value in parts.items()}
    said |= {"center": cast.center.pk, "measures": "A lock."}
    assert client.post(address, said).status_code == 302
    words = replace(exact.words, measures="A lock.")
    assert facts_of(Breach.objects.get()) == replace(exact, words=words)


def test_an_entry_whose_words_are_destroyed_is_shown_as_such(cast, breach):
    """An old database brought the row back; its key stays destroyed."""
    officer, other = user_of(cast, "officer"), record(cast, effects="Of the other.")
    vault.destroy_keys(case_id=breach.pk, compartments={breach_place(breach).compartment})
    client, ids = client_of(officer), {"breach_id": breach.pk}
    gone = "Its words are destroyed."
    assert gone in client.get(reverse("rights:breaches")).content.decode()
    assert "2 are to be dealt with" in client.get(reverse("rights:desk")).content.decode()
    page = client.get(reverse("rights:breach", kwargs=ids)).content.decode()
    assert (gone in page, "Write down more" in page, "Close it" in page) == (True, False, True)
    assert client.get(reverse("rights:change_breach", kwargs=ids)).status_code == 409
    register = get(cast, "officer", "breaches").json()["waiting"]
    said = {row["id"]: (row["words_destroyed"], row["what"]) for row in register}
    assert said == {str(breach.pk): (True, ""), str(other.pk): (False, WHAT)}
    put = call(cast, "officer", "breach", written(cast, edition=1), "put", **ids)
    assert (put.status_code, put.json()["code"]) == (410, "key_destroyed")
    rows = json.loads(call(cast, "officer", "breaches-export").content)["breaches"]
    kept = {row["id"]: row for row in rows}
    one = kept[str(breach.pk)]
    assert (one["words_destroyed"], one["what"]) == (True, "")
    assert one["known_at"] == breach.known_at.isoformat()
    assert (kept[str(other.pk)]["words_destroyed"], kept[str(other.pk)]["what"]) == (False, WHAT)
    assert call(cast, "officer", "breach-close", **ids).status_code == 200
    Breach.objects.filter(pk=breach.pk).update(closed_at=timezone.now() - timedelta(days=1096))
    call_command("forget_requests")
    assert Breach.objects.get() == other


def test_the_desk_opens_no_words_of_what_is_closed(cast, breach):
    """Words that do not open break every page that opens them: the desk does not."""
    officer = user_of(cast, "officer")
    told = facts(told=timedelta(), people_why="Nobody is harmed.")
    services.change_breach(actor=officer, breach=breach, edition=1, facts=told)
    services.close_breach(actor=officer, breach=breach)
    Breach.objects.update(words_sealed=b"not what was sealed")
    assert client_of(officer).get(reverse("rights:desk")).status_code == 200
    with pytest.raises(vault.Tampered):
        register_of(officer)


def test_an_export_that_came_to_nothing_is_not_on_record(cast, breach):
    Breach.objects.update(words_sealed=b"not what was sealed")
    before = Entry.objects.count()
    with pytest.raises(vault.Tampered):
        services.export_register(actor=user_of(cast, "officer"))
    assert Entry.objects.count() == before


@pytest.mark.parametrize("page", ["rights:breaches", "rights:desk"])
def test_a_longer_register_takes_no_more_queries(cast, breach, page):
    def queries():
        client = client_of(user_of(cast, "officer"))
        client.get(reverse(page))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(page)).status_code == 200
        return len(captured)

    one = queries()
    for _ in range(2):
        record(cast)
    assert queries() == one


# --- By REST ----------------------------------------------------------------------------------


def test_an_entry_by_rest_from_writing_to_closing(cast):
    body = written(cast)
    made = call(cast, "officer", "breaches", body)
    again = call(cast, "officer", "breaches", body)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json() == again.json()
    assert Breach.objects.count() == 1
    said, ids = made.json(), {"breach_id": made.json()["id"]}
    assert (said["what"], said["cases"], said["people_count"]) == (WHAT, [cast.case.number], 3)
    assert (said["light"], said["can_close"], said["closed_at"]) == ("green", False, None)
    refused = call(cast, "officer", "breach-close", **ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    body |= {"authority_why": "No harm.", "people_told_on": str(timezone.localdate())}
    body["edition"] = said["edition"]
    changed = call(cast, "officer", "breach", body, "put", **ids).json()
    assert (changed["authority_why"], changed["can_close"]) == ("No harm.", True)
    assert get(cast, "officer", "breach", **ids).json() == changed
    closed = call(cast, "officer", "breach-close", **ids).json()
    register = get(cast, "officer", "breaches").json()
    assert (register["waiting"], register["closed"]) == ([], [closed])
    (centre,) = register["centers"]
    assert centre["id"] == str(cast.center.pk)
    late = call(cast, "officer", "breach", body, "put", **ids)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


def test_by_rest_too_nobody_writes_over_what_they_have_not_read(cast, breach):
    ids = {"breach_id": breach.pk}
    first = written(cast, edition=1, effects="First.")
    now = call(cast, "officer", "breach", first, "put", **ids)
    assert (now.status_code, now.json()["edition"]) == (200, 2)
    second = written(cast, edition=1, measures="Second.")
    refused = call(cast, "officer", "breach", second, "put", **ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_entry")
    assert get(cast, "officer", "breach", **ids).json() == now.json()
    assert call(cast, "officer", "breach", first, "put", **ids).json() == now.json()
    nothing = call(cast, "officer", "breach", written(cast), "put", **ids)
    assert nothing.status_code == 400, "an edition is to be said"
    changed = call(cast, "officer", "breach", {**second, "edition": 2}, "put", **ids).json()
    assert (changed["effects"], changed["measures"], changed["edition"]) == ("", "Second.", 3)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"what": ""}, 400),
        ({"known_at": "x"}, 400),
        ({"known_at": "2999-01-01T00:00:00Z"}, 400),
        ({"harm": "huge"}, 400),
        ({"cases": ["Ada Applicant"]}, 400),
        ({"people_count": -1}, 400),
        ({"client_id": None}, 400),
        ({"what": "x" * (services.MOST_WORDS + 1)}, 400),
        ({"people_told_on": str(DAY_BEFORE)}, 400),
        ({"center": "00000000-0000-4000-8000-000000000000"}, 404),
    ],
)
def test_what_is_wrong_about_an_entry_by_rest(cast, changes, status):
    assert call(cast, "officer", "breaches", written(cast, **changes)).status_code == status
    assert not Breach.objects.exists()


def test_the_file_for_an_authority_is_the_same_by_both_and_on_record(cast, breach):
    by_rest = json.loads(call(cast, "officer", "breaches-export").content)
    page = client_of(user_of(cast, "officer")).post(reverse("rights:export_breaches"))
    assert 'filename="heyi-breaches.json"' in page.headers["Content-Disposition"]
    by_page = json.loads(page.content)
    assert by_rest["breaches"] == by_page["breaches"]
    (said,) = by_page["breaches"]
    assert (said["what"], said["id"], said["people"]) == (WHAT, str(breach.pk), 2)
    rows = EntryDetail.objects.select_related("entry")
    actions = [json.loads(bytes(row.entry.leaf))["action"] for row in rows]
    assert actions.count("breach.exported") == 2


@pytest.mark.parametrize(
    ("address", "method"),
    [
        ("breaches", "post"),
        ("breaches-export", "post"),
        ("breach", "put"),
        ("breach-close", "post"),
    ],
)
def test_what_changes_something_needs_the_csrf_token(cast, breach, address, method):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.extra["officer"], backend=BACKEND)
    ids = {"breach_id": breach.pk} if address in {"breach", "breach-close"} else {}
    refused = getattr(client, method)(reverse(f"api:{address}", kwargs=ids), {}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
