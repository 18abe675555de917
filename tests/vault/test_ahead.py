"""Sealing while the key ring is asked whether remembered keys still hold. A file answers at once,
so there the question is asked first, as ever; what a caller sees is the same.
"""

from threading import Thread
from uuid import uuid4

import pytest

from mediation.vault import keyring, services
from mediation.vault.errors import KeyDestroyed, KeysChanged, Restricted
from mediation.vault.keyring import Place, reading
from mediation.vault.services import Slot
from tests.keyrings import IS_ON_A_SERVER, looking_in

on_a_server = pytest.mark.skipif(not IS_ON_A_SERVER, reason="a file is asked first")
OURS = (
    " FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND application_name = 'heyi key ring' AND datname = current_database()"
)
END, MINE = f"SELECT pg_terminate_backend(pid) {OURS}", f"SELECT pid {OURS}"


def backends():
    """The server's processes that speak with us, but for the one that is asked."""
    with looking_in() as connection:
        found = connection.execute(MINE).fetchall()
    return {pid for (pid,) in found}


@pytest.fixture
def place():
    """A place whose key this process remembers."""
    place = Place(uuid4(), "joint")
    keyring.key_for_sealing(place=place)
    return place


def texts(*places):
    return [(place, Slot("rooms.message", uuid4(), "body"), "canary") for place in places]


def test_what_is_sealed_opens(place):
    other = Place(place.case_id, "caucus:A")  # its key is not made yet
    for places in ([place], [place, other], [place, other]):
        wanted = texts(*places)
        with services.sealing(texts=wanted) as sealed:
            pass
        opened = [
            services.open_text(place=one, slot=slot, sealed=body)
            for (one, slot, _text), body in zip(wanted, sealed, strict=True)
        ]
        assert opened == ["canary"] * len(places)


@on_a_server
def test_remembered_keys_are_lent_and_no_others(place, monkeypatch):
    with keyring.remembered_keys([place]) as lent:
        assert lent == {place: keyring.key_for(place=place)}
    with keyring.remembered_keys([place, Place(uuid4(), "joint")]) as lent:
        assert lent is None
    monkeypatch.setattr(reading, "REMEMBERED_SECONDS", -1)
    with keyring.remembered_keys([place]) as lent:
        assert lent is None


ELSEWHERE = """
from uuid import UUID
from mediation.vault import keyring
keyring.{act}(case_id=UUID("{case_id}"), compartments=["joint"])
"""


@on_a_server
@pytest.mark.parametrize(("act", "refused"), [("destroy", KeyDestroyed), ("restrict", Restricted)])
def test_what_another_process_ended_is_noticed_before_anything_is_kept(
    place, process, act, refused
):
    with services.sealing(texts=texts(place)):
        pass
    connected = backends()
    process(ELSEWHERE.format(act=act, case_id=place.case_id)).communicate(timeout=60)
    with pytest.raises(KeysChanged), services.sealing(texts=texts(place)):
        pass
    assert backends() == connected  # a change is no reason to connect anew

    with pytest.raises(refused), services.sealing(texts=texts(place)):
        pytest.fail("its key was lent again")


def test_a_key_that_ended_before_is_not_lent(place):
    keyring.destroy(case_id=place.case_id, compartments=[place.compartment])
    with pytest.raises(KeyDestroyed), services.sealing(texts=texts(place)):
        pytest.fail("its key was lent")


@on_a_server
@pytest.mark.parametrize("is_asked", [False, True])
def test_no_answer_is_taken_for_a_change(place, is_asked):
    with services.sealing(texts=texts(place)):
        pass  # there is a connection to break
    with looking_in() as connection:
        connection.execute("BEGIN")
        if is_asked:
            connection.execute("LOCK TABLE state IN ACCESS EXCLUSIVE MODE")  # the question waits
        else:
            connection.execute(END)
        with pytest.raises(KeysChanged), services.sealing(texts=texts(place)):
            connection.execute(END)
        connection.execute("ROLLBACK")

    for _time in range(2):  # the key is remembered anew, and lent again
        with services.sealing(texts=texts(place)) as sealed:
            assert len(sealed) == 1


def test_what_the_caller_raises_comes_through_and_the_next_one_works(place):
    for _time in range(2):
        with pytest.raises(ZeroDivisionError), services.sealing(texts=texts(place)):
            1 / 0  # noqa: B018 it raises
    with services.sealing(texts=texts(place)) as sealed:
        assert len(sealed) == 1


def test_a_second_one_does_not_wait_for_the_first(place):
    done = []

    def second():
        with services.sealing(texts=texts(place)) as sealed:
            done.append(len(sealed))

    with services.sealing(texts=texts(place)):
        thread = Thread(target=second)
        thread.start()
        thread.join(30)
    assert done == [1]
