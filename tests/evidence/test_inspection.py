from io import BytesIO

import pytest

from mediation.evidence.enums import EXTENSIONS, FileKind
from mediation.evidence.errors import FileRefused
from mediation.evidence.services.documents import clean_name, read_within_limit
from mediation.evidence.services.inspection import CHECKS, inspect
from tests.evidence import samples


def test_every_kind_has_a_check_and_an_ending():
    assert set(CHECKS) == set(FileKind) == set(EXTENSIONS.values())


@pytest.mark.parametrize("name", samples.GOOD)
def test_what_people_bring_is_taken(name):
    ending = name.rpartition(".")[2].lower()

    assert inspect(name=name, data=samples.GOOD[name]) == EXTENSIONS[ending]


@pytest.mark.parametrize("name", samples.BAD)
def test_what_could_harm_or_is_not_what_it_says_is_refused_in_plain_words(name):
    with pytest.raises(FileRefused) as refused:
        inspect(name=name, data=samples.BAD[name])

    assert str(refused.value.message).endswith(".")
    assert refused.value.status == 400


@pytest.mark.parametrize("name", [name for name in samples.GOOD if not name.endswith(".txt")])
def test_no_file_is_taken_under_the_ending_of_another(name):
    own = EXTENSIONS[name.rpartition(".")[2].lower()]

    for ending, kind in EXTENSIONS.items():
        if kind != own:
            with pytest.raises(FileRefused):
                inspect(name=f"file.{ending}", data=samples.GOOD[name])


def test_chance_bytes_in_a_photo_are_no_archive():
    photo = samples.jpeg() + b"PK\x05\x06" + bytes(18)  # the end of an archive with nothing in it

    assert inspect(name="a.jpg", data=photo) == FileKind.JPEG


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(settings):
    settings.EVIDENCE_MAX_BYTES = 10

    assert read_within_limit(BytesIO(b"0123456789")) == b"0123456789"
    with pytest.raises(FileRefused):
        read_within_limit(BytesIO(b"0123456789a"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Bo\\photo.jpg", "photo.jpg"),
        ("invoice\u202efdp.exe.pdf", "invoicefdp.exe.pdf"),  # written backwards on screens
        ("line\r\nSet-Cookie: a.pdf", "lineSet-Cookie: a.pdf"),
        ("借条 5月.pdf", "借条 5月.pdf"),
        (".pdf", "document.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_names_are_kept_without_tricks(given, kept):
    assert clean_name(given) == kept
