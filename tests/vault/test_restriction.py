"""Restricted compartments: stored, and no more (GDPR 18, PIPL 47)."""

import io
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.vault import keyring, services
from mediation.vault.keyring import copies
from mediation.vault.services import KeyDestroyed, KeyMissing, Place, Restricted, Slot
from tests.keyrings import IS_ON_A_SERVER, looking_in

CASE = UUID("11111111-1111-4111-8111-111111111111")
JOINT = Place(CASE, "joint")
CAUCUS = Place(CASE, "caucus:A")
EVIDENCE = Place(CASE, "evidence")
SLOT = Slot("rooms.message", UUID("22222222-2222-4222-8222-222222222222"), "body")


def restrict(*compartments, case_id=CASE):
    services.restrict(case_id=case_id, compartments=compartments)


def lift(*compartments, case_id=CASE):
    services.lift_restriction(case_id=case_id, compartments=compartments)


@pytest.mark.django_db
def test_nothing_is_read_from_or_put_into_a_restricted_compartment():
    sealed = services.seal_text(place=EVIDENCE, slot=SLOT, text="kept")
    file = services.store_file(place=EVIDENCE, content=[b"kept"], media_type="text/plain")
    restrict("evidence")

    for attempt in (
        lambda: services.open_text(place=EVIDENCE, slot=SLOT, sealed=sealed),
        lambda: services.seal_text(place=EVIDENCE, slot=SLOT, text="late"),
        lambda: services.seal_texts(texts=[(EVIDENCE, SLOT, "late")]),
        lambda: services.derive_secret(place=EVIDENCE, info="invitation"),
        lambda: services.read_file(file=file),
        lambda: services.store_file(place=EVIDENCE, content=[b"late"], media_type="text/plain"),
    ):
        with pytest.raises(Restricted):
            attempt()

    lift("evidence")
    assert services.open_text(place=EVIDENCE, slot=SLOT, sealed=sealed) == "kept"
    assert b"".join(services.read_file(file=file)) == b"kept"


def test_restricting_or_lifting_nothing_writes_nothing(settings):
    restrict("joint")
    second = Path(settings.KEK_DIR, "restricted.json")
    noted = second.stat().st_mtime_ns
    with looking_in() as connection:
        before = keyring.store().version(connection)

        restrict()
        lift()

        assert keyring.store().version(connection) == before
    assert second.stat().st_mtime_ns == noted


def test_a_restriction_spares_other_compartments_and_cases():
    elsewhere = Place(uuid4(), "joint")
    for place in (JOINT, CAUCUS, elsewhere):
        services.create_key(place=place)

    restrict("joint")

    for place in (CAUCUS, elsewhere):
        services.seal_text(place=place, slot=SLOT, text="x")
    with pytest.raises(Restricted):
        services.seal_texts(texts=[(CAUCUS, SLOT, "x"), (JOINT, SLOT, "x")])


def test_restricted_compartments_are_known_with_their_time_and_the_first_one_stays():
    restrict("joint")
    first = services.restricted_compartments(case_id=CASE)
    restrict("joint", "evidence")

    now = services.restricted_compartments(case_id=CASE)
    assert set(now) == {"joint", "evidence"}
    assert now["joint"] == first["joint"]
    assert datetime.now(UTC) - now["joint"] < timedelta(minutes=1)
    assert services.restricted_compartments(case_id=uuid4()) == {}
    lift("joint", "evidence", "settlement")
    assert services.restricted_compartments(case_id=CASE) == {}


def test_a_compartment_without_a_key_is_restricted_too_and_gets_none():
    restrict("joint")

    with pytest.raises(Restricted):
        services.seal_text(place=JOINT, slot=SLOT, text="x")

    assert services.compartments_with_keys(case_id=CASE) == set()
    lift("joint")
    with pytest.raises(KeyMissing):
        services.open_text(place=JOINT, slot=SLOT, sealed=b"")


def test_whoever_may_opens_what_is_restricted_and_nobody_else_meanwhile():
    sealed = services.seal_text(place=JOINT, slot=SLOT, text="x")
    restrict("joint")

    def opened():
        return services.open_text(place=JOINT, slot=SLOT, sealed=sealed)

    with services.opening_restricted(), ThreadPoolExecutor(1) as pool:
        assert opened() == "x"
        with pytest.raises(Restricted):
            pool.submit(opened).result()
    with pytest.raises(Restricted):
        opened()


def test_restriction_survives_rotating_rewriting_and_a_process_that_forgets(settings):
    services.create_key(place=JOINT)
    restrict("joint")

    services.rotate_kek()
    keyring.rewrite()
    services.flush()

    with pytest.raises(Restricted):
        keyring.key_for(place=JOINT)


def test_an_old_backup_of_the_key_ring_lifts_no_restriction():
    services.create_key(place=JOINT)
    services.create_key(place=CAUCUS)
    before = list(copies.lines())
    restrict("joint", "caucus:A")
    lift("caucus:A")

    copies.load(before)
    keyring.reading._drop()

    with pytest.raises(Restricted):
        keyring.key_for(place=JOINT)
    keyring.key_for(place=CAUCUS)
    services.destroy_keys(case_id=CASE, compartments=["joint"])
    copies.load(before)
    keyring.reading._drop()
    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)


@pytest.mark.django_db
def test_a_download_stops_at_the_next_piece():
    file = services.store_file(
        place=EVIDENCE, content=io.BytesIO(bytes(200_000)), media_type="text/plain"
    )
    pieces = services.read_file(file=file)
    next(pieces)

    restrict("evidence")

    with pytest.raises(Restricted):
        next(pieces)


WATCH = f"""
import sys
from uuid import UUID
from mediation.vault import keyring
from mediation.core.errors import DomainError
from mediation.vault.keyring import Place
place = Place(UUID("{CASE}"), "joint")
for line in sys.stdin:
    try:
        (keyring.key_for if line == "read\\n" else keyring.key_for_sealing)(place=place)
        print("open", flush=True)
    except DomainError as error:
        print(error.code, flush=True)
"""


def test_another_process_notices_at_its_next_use(process):
    services.create_key(place=JOINT)
    worker = process(WATCH)

    def ask(how):
        worker.stdin.write(how + "\n")
        worker.stdin.flush()
        return worker.stdout.readline().strip()

    answers = [ask("read")]
    restrict("joint")
    answers += [ask("read"), ask("seal")]
    lift("joint")
    answers += [ask("read")]
    restrict("joint")
    services.destroy_keys(case_id=CASE, compartments=["joint"])
    answers += [ask("read"), ask("seal")]
    worker.communicate(timeout=20)

    assert answers == ["open", "restricted", "restricted", "open", *["key_destroyed"] * 2]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["restrict", "lift", "destroy", "rotate"]),
        st.sampled_from(["joint", "caucus:A"]),
    ),
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(steps=STEPS, has_key=st.booleans())
def test_destroyed_is_destroyed_whatever_was_restricted_before_or_after(steps, has_key):
    case, expected = uuid4(), {"joint": "open", "caucus:A": "open"}
    if has_key:
        services.create_key(place=Place(case, "joint"))
    for step, name in steps:
        _take(step, case, name)
        expected[name] = _after(step, expected[name])

    assert {name: _state(Place(case, name)) for name in expected} == expected
    names = {name for name, state in expected.items() if state == "restricted"}
    assert set(services.restricted_compartments(case_id=case)) == names


def _take(step, case, name):
    match step:
        case "restrict":
            restrict(name, case_id=case)
        case "lift":
            lift(name, case_id=case)
        case "destroy":
            services.destroy_keys(case_id=case, compartments=[name])
        case "rotate":
            services.rotate_kek()


def _after(step, state):
    if state == "destroyed" or step == "rotate":
        return state
    return {"restrict": "restricted", "lift": "open", "destroy": "destroyed"}[step]


def _state(place):
    """What somebody who seals there meets; the same holds for whoever may open the restricted."""
    try:
        services.seal_text(place=place, slot=SLOT, text="x")
    except KeyDestroyed:
        with services.opening_restricted(), pytest.raises(KeyDestroyed):
            keyring.key_for(place=place)
        return "destroyed"
    except Restricted:
        return "restricted"
    return "open"


@pytest.mark.skipif(IS_ON_A_SERVER, reason="none on a server is older than restrictions")
def test_a_key_ring_from_before_restrictions_learns_them_when_it_is_opened(settings):
    key = keyring.key_for_sealing(place=JOINT)
    older = settings.KEYRING_PATH.with_suffix(".older")
    shutil.copy(settings.KEYRING_PATH, older)
    with closing(sqlite3.connect(older)) as old:
        old.executescript("DROP TABLE restricted; DROP TABLE state")
    older.replace(settings.KEYRING_PATH)

    restrict("joint")

    with pytest.raises(Restricted):
        keyring.key_for(place=JOINT)
    lift("joint")
    assert keyring.key_for(place=JOINT) == key
