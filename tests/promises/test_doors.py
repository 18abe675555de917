"""ASVS 8.1.1: who may open what is written down, for every address and every person, and holds.

A new address fails here until it has a line in the tables. After a meant change,
`HEYI_WRITE_DOORS=1 pytest tests/promises/test_doors.py` writes them anew, to be read line by line.
"""

import os
import re

import pytest

from mediation.privacy.enums import Scope
from mediation.privacy.services.requests import ask_erasure
from mediation.settlements.services import engine
from tests.once import undone_afterwards
from tests.promises.doors import FOLDER, OUTSIDERS, PEOPLE, as_table, doors, read_table, try_every
from tests.promises.story import make_story
from tests.promises.world import add_officer, client_of, make_world, note_a_breach
from tests.test_architecture import OPEN_PAGES, pages

pytestmark = pytest.mark.django_db
TABLES = ("in_mediation", "after_settlement")
# Outsiders at addresses with an id of the case: the clerk of the court it was released to, and the
# centre's coordinator, who may be the second person a hold takes and reads nothing of the case.
GIVEN = {
    ("courts:download", "clerk", "after_settlement"),
    ("holds:hold", "coordinator", "in_mediation"),
    ("holds:answer", "coordinator", "in_mediation"),
    ("holds:propose_release", "coordinator", "in_mediation"),
    ("holds:answer_release", "coordinator", "in_mediation"),
}
CLOSED = {"404/404", "404/405", "405/404", "405/405"}


@pytest.fixture(scope="module", params=TABLES)
def scene(request, django_db_setup, django_db_blocker):
    """A table's name, the cast, and the addresses: after the settlement those about a case."""
    with undone_afterwards(django_db_blocker):
        engine.authority()  # made on first use, and then there is a certificate to look at
        if request.param == "in_mediation":
            world = make_world()
            yield request.param, world.cast, doors(world.case)
        else:
            story = make_story()
            ask_erasure(actor=story.cast.party_a, case=story.case, scope=Scope.EVERYTHING)
            note_a_breach(story.cast, add_officer(story.cast))
            found = doors(story.case, story.release.pk)
            yield request.param, story.cast, [one for one in found if one.has_id]


@pytest.mark.skipif("HEYI_WRITE_DOORS" not in os.environ, reason="only when asked for")
def test_write_the_tables_anew(scene):
    table, cast, found = scene
    cells = {name: try_every(cast.everybody[name], found) for name in PEOPLE}
    (FOLDER / f"doors_{table}.txt").write_text(as_table(cells), encoding="utf-8")


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_what_the_table_says(scene, name):
    table, cast, found = scene
    expected, got = read_table(table)[name], try_every(cast.everybody[name], found)
    assert set(expected) == set(got)
    assert {k: (got[k], expected[k]) for k in got if got[k] != expected[k]} == {}


def test_nothing_of_a_case_is_there_for_outsiders(scene):
    """Strangers, other centres' staff, coordinators, clerks: 404, not 403, at every id."""
    table, _cast, found = scene
    cells = read_table(table)
    with_ids = [one.label for one in found if one.has_id and not one.label.startswith("api:")]
    assert len(with_ids) > 50
    wrong = {
        (label, who): cells[who][label]
        for label in with_ids
        for who in OUTSIDERS
        if cells[who][label] not in CLOSED and (label, who, table) not in GIVEN
    }
    assert wrong == {}


@pytest.mark.parametrize("table", TABLES)
def test_every_address_has_a_line(table):
    listed = {label.split()[0] for label in read_table(table)["nobody"]}
    about = "<uuid:" if table == "after_settlement" else ""
    assert listed == {name for name, route, _pattern in pages() if about in route}


@pytest.mark.parametrize("table", TABLES)
def test_nobody_gets_in_without_signing_in_but_at_open_pages(table):
    is_open = (*OPEN_PAGES, "account_", "demo:", "verification:", "api:")
    for label, cell in read_table(table)["nobody"].items():
        if not label.startswith(is_open):
            assert cell == "in/in", label


@pytest.mark.parametrize("table", TABLES)
def test_nothing_breaks(table):
    for cells in read_table(table).values():
        assert not [label for label, cell in cells.items() if re.search(r"\b5\d\d", cell)]


@pytest.mark.parametrize("center", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_centre_that_nobody_offered_is_not_there(scene, center):
    _table, cast, _found = scene
    assert client_of(cast.party_a).post("/start/", {"center": center}).status_code == 404
