import io
import random

import pytest

from mediation.vault import envelope
from mediation.vault.envelope import CHUNK_BYTES, FILE_HEAD, TAG_BYTES, DataKey, identity
from mediation.vault.errors import Tampered

KEY = DataKey(b"k" * 16, b"s" * 32)
OTHER_KEY = DataKey(b"k" * 16, b"t" * 32)
PLACE = ("rooms.message", "pk", "body", "case", "joint")
FILE = ("file", "case", "evidence", "application/pdf")
PIECE = CHUNK_BYTES + TAG_BYTES


def sealed_file(content, place=FILE, key=KEY):
    return b"".join(envelope.new_file(key=key, place=place).seal([content]))


def opened_file(sealed, place=FILE, key=KEY):
    stream = io.BytesIO(sealed)
    return b"".join(envelope.known_file(key=key, place=place, sealed=stream).open(stream))


def pieces_of(sealed):
    body = sealed[FILE_HEAD.size :]
    return sealed[: FILE_HEAD.size], [body[i : i + PIECE] for i in range(0, len(body), PIECE)]


@pytest.mark.parametrize("text", ["", "x", "和议 is peace", "🕊" * 5000, "a\x00b"])
def test_text_comes_back(text):
    sealed = envelope.seal_text(key=KEY, place=PLACE, text=text)

    assert envelope.open_text(key=KEY, place=PLACE, sealed=sealed) == text
    assert len(sealed) == len(text.encode()) + 46
    assert sealed[:18] == b"\x01\x01" + KEY.key_id


def test_same_text_is_never_sealed_twice_alike():
    sealed = {envelope.seal_text(key=KEY, place=PLACE, text="yes") for _ in range(50)}

    assert len(sealed) == 50


@pytest.mark.parametrize("part", range(5))
def test_text_moved_to_another_row_field_case_or_compartment_does_not_open(part):
    sealed = envelope.seal_text(key=KEY, place=PLACE, text="yes")
    elsewhere = tuple("other" if i == part else name for i, name in enumerate(PLACE))

    with pytest.raises(Tampered):
        envelope.open_text(key=KEY, place=elsewhere, sealed=sealed)


def test_every_changed_bit_and_every_cut_is_noticed():
    sealed = envelope.seal_text(key=KEY, place=PLACE, text="yes")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Tampered):
            envelope.open_text(key=KEY, place=PLACE, sealed=bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(Tampered):
            envelope.open_text(key=KEY, place=PLACE, sealed=sealed[:length])
    with pytest.raises(Tampered):
        envelope.open_text(key=KEY, place=PLACE, sealed=sealed + b"\x00")


def test_text_under_another_key_does_not_open():
    sealed = envelope.seal_text(key=KEY, place=PLACE, text="yes")

    with pytest.raises(Tampered):
        envelope.open_text(key=OTHER_KEY, place=PLACE, sealed=sealed)


def test_identity_cannot_be_cut_differently():
    assert identity("a", "bc") != identity("ab", "c")
    assert identity("a", "") != identity("a")


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 200_001]
)
def test_file_comes_back_whatever_its_size_and_pieces(size):
    content = random.Random(size).randbytes(size)
    for step in (1 + size // 7, 4096, CHUNK_BYTES, size + 1):
        pieces = [content[i : i + step] for i in range(0, size, step)]
        sealed = b"".join(envelope.new_file(key=KEY, place=FILE).seal(pieces))
        assert opened_file(sealed) == content


def test_a_storage_that_reads_in_dribs_gives_the_same_file():
    class Dribs(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(size if size == FILE_HEAD.size else min(size, 1000))

    content = random.Random(1).randbytes(150_000)
    stream = Dribs(sealed_file(content))

    opened = envelope.known_file(key=KEY, place=FILE, sealed=stream).open(stream)

    assert b"".join(opened) == content


@pytest.fixture(scope="module")
def four_chunks():
    return sealed_file(random.Random(4).randbytes(3 * CHUNK_BYTES + 100))


def test_truncation_is_noticed(four_chunks):
    head, pieces = pieces_of(four_chunks)
    cuts = [head, four_chunks[:50], b""] + [head + b"".join(pieces[:n]) for n in range(4)]
    cuts += [four_chunks[:-1], four_chunks[:-101], four_chunks[: len(head) + 10]]
    for cut in cuts:
        with pytest.raises(Tampered):
            opened_file(cut)


def test_reordering_duplication_and_removal_are_noticed(four_chunks):
    head, (a, b, c, last) = pieces_of(four_chunks)
    for order in [
        (b, a, c, last),
        (a, a, b, c, last),
        (a, c, last),
        (a, b, c, last, last),
        (last,),
    ]:
        with pytest.raises(Tampered):
            opened_file(head + b"".join(order))


def test_splice_from_another_file_is_noticed(four_chunks):
    head, pieces = pieces_of(four_chunks)
    other_head, other = pieces_of(sealed_file(random.Random(5).randbytes(3 * CHUNK_BYTES + 100)))
    for number in range(4):
        mixed = [*pieces[:number], other[number], *pieces[number + 1 :]]
        with pytest.raises(Tampered):
            opened_file(head + b"".join(mixed))
    with pytest.raises(Tampered):
        opened_file(other_head + b"".join(pieces))


@pytest.mark.parametrize("part", range(4))
def test_file_under_another_name_case_compartment_or_type_does_not_open(four_chunks, part):
    elsewhere = tuple("other" if i == part else name for i, name in enumerate(FILE))

    with pytest.raises(Tampered):
        opened_file(four_chunks, place=elsewhere)


def test_every_changed_byte_of_a_small_file_is_noticed():
    sealed = sealed_file(b"contract")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(Tampered):
            opened_file(bytes(changed))


def test_file_commits_to_its_key(four_chunks):
    stream = io.BytesIO(four_chunks)

    with pytest.raises(Tampered):
        envelope.known_file(key=OTHER_KEY, place=FILE, sealed=stream)


def test_derived_secrets_are_independent():
    infos = [b"a", b"b", b"mv1|field", b""]

    assert len({envelope.derive(secret=KEY.secret, info=info) for info in infos}) == 4
    assert KEY.fingerprint != OTHER_KEY.fingerprint
