"""Promise 7: no dossier about anybody, party or mediator (G10, M5, P12, security T9).

Held by what there is and is not: models, fields, addresses, words of pages, the API's schema.
"""

import inspect
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse

from mediation.accounts.models import User
from mediation.privacy.services.checking import paths_to_case
from tests.factories.cast import NAMES
from tests.promises.crawler import every_address
from tests.promises.visits import visit_of
from tests.promises.world import client_of, values_of_every_parameter
from tests.test_architecture import CODE, TEMPLATES, THIRD_PARTY, pages, python_files, words

REFUSED = {
    *("score", "scores", "scoring", "rank", "ranks", "ranking", "rating", "ratings", "stars"),
    *("reputation", "credit", "blacklist", "whitelist", "watchlist", "blocklist", "flagged"),
    *("latitude", "longitude", "geo", "location", "geolocation", "gps", "coordinates"),
    *("sentiment", "emotion", "mood", "face", "faces", "biometric", "voiceprint", "fingerprints"),
    *("profile_of", "profiling", "behaviour", "behavior", "tracking", "analytics", "telemetry"),
    *("risk", "danger", "suspicion", "suspect", "loyalty", "target", "quota_of_settlements"),
    *("gender", "ethnicity", "religion", "birthday", "birthdate", "passport", "national"),
    *("league", "leaderboard", "performance", "success_rate", "settlement_rate"),
}


def our_models():
    return [one for one in apps.get_models() if one.__module__.startswith("mediation.")]


def names_of(model):
    return [model.__name__, *(field.name for field in model._meta.get_fields())]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_no_table_and_no_field_for_what_was_refused(model):
    assert [name for name in names_of(model) if words(name) & REFUSED] == []


def test_no_value_that_a_field_may_take_is_one_of_them():
    for model in our_models():
        for field in model._meta.fields:
            values = {str(value) for value, _label in field.flatchoices}
            assert not [v for v in values if words(v) & REFUSED], f"{model.__name__}.{field.name}"


def test_no_address_for_what_was_refused():
    never = REFUSED | {"search", "persons", "statistics", "admin"}
    for name, route, _pattern in pages():
        parts = set(re.split(r"[^a-z]+", f"{name}/{route}".lower()))
        assert parts & never == set(), name


def test_no_page_asks_for_any_of_them():
    asked = re.compile(r'name="(\w+)"')
    for path in TEMPLATES.rglob("*.html"):
        for name in asked.findall(path.read_text(encoding="utf-8")):
            assert not words(name) & REFUSED, f"{path}: {name}"


def test_no_form_asks_for_any_of_them():
    from django.forms import BaseForm

    waiting, seen = list(BaseForm.__subclasses__()), []
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("mediation."):
            seen.append(form.__name__)
            assert not [n for n in form.base_fields if words(n) & REFUSED], form.__name__
    assert len(seen) > 10


# --- No way to look somebody up -----------------------------------------------------------------


def test_there_is_no_administration_and_no_browsing_of_tables():
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not list(CODE.rglob("admin.py"))
    assert not [name for name, _route, _pattern in pages() if "admin" in name]


def test_no_address_is_about_a_person():
    """Ids in addresses are of cases and of what belongs to one case, never of people."""
    ids = {name for _n, route, _p in pages() for name in re.findall(r"<(?:\w+:)?(\w+)>", route)}
    assert ids & {"user_id", "person_id", "user", "person", "email", "username"} == set()


@pytest.mark.django_db
def test_the_id_of_a_person_opens_nothing_anywhere(world):
    people = [str(pk) for pk in User.objects.values_list("pk", flat=True)]
    values = {
        name: people if name.endswith("id") or name == "pk" else found[:1]
        for name, found in values_of_every_parameter().items()
    }
    values |= {"obligation_id": ["o1"], "party_id": ["A"], "guarantor_id": ["g1"]}
    values |= {"release_id": people[:2]}
    values |= {"room_id": people[:2], "consent_id": people[:2], "case_id": people[:3]}
    filled = [path for path in every_address(values) if any(one in path for one in people)]
    assert len(filled) > 50
    for name in ("mediator", "coordinator"):
        browser = client_of(world.cast.everybody[name])
        found = {browser.get(path).status_code for path in filled[::4]}
        assert found <= {401, 403, 404, 405}, name


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["coordinator", "mediator", "clerk"])
def test_a_name_or_address_in_a_query_finds_nobody(world, name):
    """Whatever a list is asked for, it does not become a search for a person."""
    browser = client_of(world.cast.everybody[name])
    for path in ("/cases/", "/matching/", "/court/", "/verify/", "/me/profile/"):
        plain = browser.get(path)
        for asked in ("q", "email", "user", "page"):
            answer = browser.get(path, {asked: world.cast.party_a.email})
            assert answer.status_code == plain.status_code, (path, asked)
            text = answer.content.decode().replace(f"{asked}={world.cast.party_a.email}", "")
            shown = {email for email in ("ada@people", "bo@people") if email in text}
            assert shown == set(), (path, asked)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*NAMES, "nobody"])
def test_no_page_lists_people(world, name):
    """Nobody sees anybody's address of theirs on any page, nor two people of different cases."""
    user = world.cast.everybody[name]
    own = user.email.encode() if user else b""
    seen = visit_of(world, name).seen
    for path, (_status, body) in seen.items():
        if path.startswith("/demo/"):
            continue
        emails = set(re.findall(rb"[\w.]+@people\.example", body)) - {own}
        assert emails == set(), path


def person_lookups(source):
    """Queries for a person by name or address, in the source of a function."""
    return re.findall(
        r"\b(?:email|display_name|name)__(?:i?contains|i?startswith|i?regex|search)", source
    )


def test_no_query_looks_for_people_by_a_part_of_a_name():
    for path in python_files():
        assert person_lookups(path.read_text(encoding="utf-8")) == [], path
    assert person_lookups("User.objects.filter(email__icontains=text)")


def test_names_and_addresses_of_parties_cannot_be_searched_at_all():
    """They are stored sealed, so no query of anybody, the operator included, finds them."""
    participant = apps.get_model("cases", "Participant")
    named = [f for f in participant._meta.fields if re.search("name|email|address", f.name)]
    assert named
    assert all(isinstance(field, models.BinaryField) for field in named)


# --- No counting of people ----------------------------------------------------------------------

COUNTING = re.compile(
    r"(?:values|values_list)\(\s*[\"'](?:user|mediator|participant|actor|email)\w*[\"'][^)]*\)\s*"
    r"\.(?:annotate|aggregate)"
)


def test_nothing_is_counted_by_person():
    """No aggregate over the cases of a party or of a mediator: no league table can be made."""
    for path in python_files():
        source = path.read_text(encoding="utf-8")
        assert COUNTING.findall(source) == [], path
        annotated = re.findall(
            r"(User|Participant)\.objects[^\n]*\.(?:annotate|aggregate)\(", source
        )
        assert annotated == [], path
    assert COUNTING.search('Assignment.objects.values("mediator").annotate(n=Count("pk"))')


def test_people_carry_nothing_but_what_signing_in_needs():
    """A person's row is an account, and nothing of any case flows back into it."""
    fields = {field.name for field in User._meta.get_fields() if not field.auto_created}
    assert fields <= {
        *("id", "email", "display_name", "language", "time_zone", "is_active", "password"),
        *("last_login", "date_joined"),
    }


# What may point to a person without belonging to one case.
BESIDE_CASES = {
    *("accounts.ConfirmationCode", "centers.Membership", "courts.CourtMembership"),
    *("accounts.Passkey", "accounts.PasskeyChallenge"),
    "rights.RightsRequest",  # what a person asked a centre about their own data
}


def points_to_a_person(model):
    return [f for f in model._meta.concrete_fields if f.is_relation and f.related_model is User]


def test_no_table_gathers_a_person_over_several_cases():
    """Whatever points to a person belongs to one case and ends with it, or is how they sign in,
    where they work, and what they asked about their data. There is no table with a line for each
    person beside the account.
    """
    in_cases = set(paths_to_case())
    found = {model._meta.label for model in our_models() if points_to_a_person(model)}
    beside = {label for label in found if apps.get_model(label) not in in_cases}
    assert beside == BESIDE_CASES
    assert "cases.Participant" in found - beside


def test_no_person_has_one_line_of_their_own_anywhere():
    """A unique reference to a person alone would be a file about them."""
    for model in our_models():
        assert not [f.name for f in points_to_a_person(model) if f.unique], model._meta.label


def test_no_part_in_a_case_carries_a_number_about_the_person():
    """Who takes part in a case is not measured: no figure stands beside anybody's part in it."""
    numbers = (models.IntegerField, models.FloatField, models.DecimalField, models.DurationField)
    fields = apps.get_model("cases.Participant")._meta.fields
    assert "role" in {field.name for field in fields}
    assert not [field.name for field in fields if isinstance(field, numbers)]


def test_memberships_of_centres_and_courts_judge_nobody():
    for label in ("centers.Membership", "courts.CourtMembership"):
        model = apps.get_model(label)
        numbers = (models.IntegerField, models.FloatField, models.DecimalField, models.TextField)
        assert not [f for f in model._meta.fields if isinstance(f, numbers) and not f.primary_key]


def test_the_queue_of_cases_shows_nobody_before_a_claim():
    """A mediator chooses by what a case is about and how long it waits, never by who is in it."""
    from mediation.matching.selectors import WaitingCase

    assert set(inspect.signature(WaitingCase).parameters) == {"case", "claim_by"}


# --- The API and the outside --------------------------------------------------------------------


@pytest.mark.django_db
def test_the_api_describes_nothing_of_the_kind(client):
    schema = client.get(reverse("api:schema"), headers={"accept": "application/json"}).json()
    names = set()

    def walk(part):
        if isinstance(part, dict):
            names.update(part.get("properties", {}))
            names.update(one["name"] for one in part.get("parameters", []) if "name" in one)
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(schema)
    assert names
    assert not [name for name in names if words(name) & REFUSED]
    assert names & {"user", "person", "email", "name", "q", "search", "party", "mediator"} == set()
    assert not [path for path in schema["paths"] if re.search("person|people|user|stat", path)]


def test_no_page_calls_somebody_else():
    for path in TEMPLATES.rglob("*.html"):
        assert THIRD_PARTY.search(path.read_text(encoding="utf-8")) is None, path
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for directive in (
        "script-src",
        "style-src",
        "img-src",
        "connect-src",
        "font-src",
        "form-action",
    ):
        assert not [
            one for one in map(str, rules[directive]) if one.startswith(("http", "*", "//"))
        ]


def test_no_letter_tracks_whether_it_was_read():
    for path in (TEMPLATES / "mail").rglob("*"):
        if path.is_file():
            assert path.suffix == ".txt"  # plain text has no picture to count
            assert "utm_" not in path.read_text(encoding="utf-8")


def test_nobody_is_found_by_a_digest_of_their_name():
    """A hash of a name or an address beside the sealed one would be a search for a person."""
    for model in our_models():
        for field in model._meta.fields:
            assert not re.search(r"(?:name|email|address|phone)_(?:hash|digest|index)", field.name)
