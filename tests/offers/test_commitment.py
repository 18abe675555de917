"""The text that is committed to, and the comparing of two figures: binding, fixed, fair."""

import json
import random
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from mediation.offers import commitment
from mediation.offers.commitment import NotAsCommitted, NotOpened, compare, figure_in, opened
from tests.factories.sealed import encrypted, text_of

VECTOR = json.loads(Path(__file__).with_name("vector.json").read_text(encoding="utf-8"))
LARGEST = 10**commitment.FIGURE_DIGITS - 1
DICE = random.Random(20261122)


def some_figure():
    """Small ones, round ones and the largest as often as any other."""
    return DICE.choice([0, 1, 2, DICE.randint(0, 500), DICE.randint(0, LARGEST), LARGEST])


def digest(text):
    return sha256(text.encode()).hexdigest()


def test_what_a_browser_sealed_is_read_here():
    """The same vector is in static/js/offers/*.test.js."""
    text = opened(VECTOR["opening"], VECTOR["key"])
    assert text == VECTOR["text"]
    found = figure_in(
        text,
        commitment=VECTOR["commitment"],
        round_id=UUID(VECTOR["round"]),
        letter=VECTOR["side"],
    )
    assert found == VECTOR["figure"]
    assert all(commitment.is_public_key(key) for key in VECTOR["public_keys"])


def test_a_figure_comes_out_as_it_went_in():
    for _time in range(300):
        round_id, letter, figure = uuid4(), DICE.choice("AB"), some_figure()
        text = text_of(round_id, letter, figure, DICE.randbytes(32))
        asked = {"commitment": digest(text), "round_id": round_id, "letter": letter}
        assert figure_in(text, **asked) == figure


def test_a_commitment_binds_the_figure_the_salt_the_round_and_the_side():
    for _time in range(300):
        round_id, letter, figure = uuid4(), DICE.choice("AB"), some_figure()
        salt = DICE.randbytes(32)
        asked = {
            "commitment": digest(text_of(round_id, letter, figure, salt)),
            "round_id": round_id,
            "letter": letter,
        }
        other_figure = (figure + DICE.randint(1, LARGEST)) % (LARGEST + 1)
        wrong = [
            text_of(round_id, letter, other_figure, salt),
            text_of(round_id, letter, figure, DICE.randbytes(32)),
            text_of(uuid4(), letter, figure, salt),
            text_of(round_id, "AB"[letter == "A"], figure, salt),
        ]
        for text in wrong:
            with pytest.raises(NotAsCommitted):
                figure_in(text, **asked)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: text.replace("heyi", "heyo"),
        lambda text: text.replace("000000000000900", "900"),
        lambda text: text.replace("000000000000900", "-00000000000900"),
        lambda text: text.replace("000000000000900", "٠٠٠٠٠٠٠٠٠٠٠٠٩٠٠"),
        lambda text: text.upper(),
        lambda text: text.replace("\n", "\r\n"),
    ],
)
def test_there_is_one_way_to_write_it_even_with_a_commitment_to_another(change):
    round_id = uuid4()
    text = change(text_of(round_id, "A", 900, bytes(32)))
    with pytest.raises(NotAsCommitted):
        figure_in(text, commitment=digest(text), round_id=round_id, letter="A")


def test_another_key_or_a_changed_byte_opens_nothing():
    text, key = text_of(uuid4(), "A", 900, bytes(32)), DICE.randbytes(32)
    sealed = encrypted(key, text)
    from base64 import b64decode, b64encode

    assert opened(sealed, b64encode(key).decode()) == text
    with pytest.raises(NotOpened):
        opened(sealed, b64encode(DICE.randbytes(32)).decode())
    for place in range(len(b64decode(sealed))):
        changed = bytearray(b64decode(sealed))
        changed[place] ^= 1
        with pytest.raises(NotOpened):
            opened(b64encode(changed).decode(), b64encode(key).decode())


def test_every_ciphertext_has_one_length():
    texts = [text_of(uuid4(), "B", figure, bytes(32)) for figure in (0, 1, 12345, LARGEST)]
    assert {len(encrypted(bytes(32), text)) for text in texts} == {224}


def test_figures_overlap_when_the_one_side_pays_what_the_other_takes():
    for _time in range(1000):
        takes = some_figure()
        pays = DICE.choice([takes, takes + 1, max(0, takes - 1), some_figure()])
        outcome = compare(pays=pays, takes=takes)
        assert outcome.overlaps == (pays >= takes)
        assert (outcome.midpoint is None) == (pays < takes)
        if outcome.midpoint is not None:
            assert takes <= outcome.midpoint <= pays
            assert 0 <= (pays + takes) - 2 * outcome.midpoint <= 1


@pytest.mark.parametrize(
    ("pays", "takes", "middle"),
    [(900, 900, 900), (901, 900, 900), (902, 900, 901), (0, 0, 0), (899, 900, None), (1, 0, 0)],
)
def test_the_midpoint_in_whole_minor_units(pays, takes, middle):
    assert compare(pays=pays, takes=takes).midpoint == middle


@pytest.mark.parametrize("key", ["", "AAAA", "B" + "A" * 86 + "=", "!" * 88])
def test_what_is_no_point_on_the_curve_is_no_key(key):
    assert not commitment.is_public_key(key)
