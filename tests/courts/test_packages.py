"""The package: what is in it, that it is the same every time, and that no change goes unseen."""

import json
import random
from io import BytesIO
from zipfile import ZipFile

from mediation.courts.package.archive import pack, unpack
from mediation.courts.package.check import check_package
from mediation.courts.package.layout import EXCLUDED, FILES
from mediation.courts.services.packages import build_package, fetch_package


def test_package_is_genuine_and_the_same_every_time(sealed, released):
    first = fetch_package(actor=sealed.cast.clerk, release=released)
    second = fetch_package(actor=sealed.cast.clerk, release=released)
    assert first.content == second.content
    assert check_package(first.content).findings == ()
    deliveries = released.deliveries.all()
    assert len({row.sha256 for row in deliveries}) == 1
    assert len(deliveries) == 2


def test_package_holds_the_settlement_and_nothing_said_before_it(sealed, released):
    content = fetch_package(actor=sealed.cast.clerk, release=released).content
    files = unpack(content)
    assert list(files) == list(FILES)
    assert b"caucus-A-canary" not in content
    assert sealed.cast.party_a.email.encode() not in content
    assert json.loads(files["terms.json"])["agreement_no"] == sealed.settlement.number
    statement = json.loads(files["manifest.json"])["statement"]
    assert statement["excluded_classes"] == list(EXCLUDED)
    assert {row["role"] for row in statement["consents"]} == {"applicant", "respondent"}
    assert set(statement["case"]) == {
        "case_number",
        "held",
        "started_on",
        "ended",
        "ended_on",
        "attendance",
        "settlement",
    }


def test_any_zip_program_opens_it(sealed, released):
    content = fetch_package(actor=sealed.cast.clerk, release=released).content
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(FILES)


def test_every_changed_byte_is_caught(sealed, released):
    content = build_package_of(sealed, released)
    places = random.Random(7).sample(range(len(content)), 300)
    edges = [*range(64), *range(len(content) - 300, len(content))]
    for place in [*places, *edges]:
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        assert check_package(bytes(changed)).findings != (), place


def test_every_byte_of_the_signed_statements_counts(sealed, released):
    content = build_package_of(sealed, released)
    files = unpack(content)
    for name in ("manifest.json", "attestation.json"):
        for place in range(0, len(files[name]), 11):
            changed = bytearray(files[name])
            changed[place] ^= 1
            again = pack({**files, name: bytes(changed)})
            assert check_package(again).findings != (), (name, place)


def test_last_bits_of_a_signature_cannot_be_changed(sealed, released):
    files = unpack(build_package_of(sealed, released))
    signed = json.loads(files["manifest.json"])
    value = signed["signature"]["value"]
    assert value.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = alphabet.index(value[-3])
    other = files["manifest.json"].replace(
        value.encode(), (value[:-3] + alphabet[last ^ 1] + "==").encode()
    )
    assert (
        "manifest_not_signed_by_us"
        in check_package(pack({**files, "manifest.json": other})).findings
    )


def test_files_added_taken_out_swapped_or_compressed_are_caught(sealed, released):
    content = build_package_of(sealed, released)
    files = unpack(content)
    without = {name: body for name, body in files.items() if name != "README.txt"}
    attacks = [
        content + b"\n",
        b"\n" + content,
        pack({**files, "extra.txt": b"x"}),
        pack(without),
        pack(dict(reversed(files.items()))),
        pack({**files, "settlement.pdf": files["settlement.pdf"] + b"\n"}),
        compressed(files),
        b"",
        b"PK\x03\x04",
    ]
    for number, attack in enumerate(attacks):
        assert check_package(attack).findings != (), number


def test_another_installations_key_does_not_vouch(sealed, released):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    other = Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content = build_package_of(sealed, released)
    assert "manifest_not_signed_by_us" in check_package(content, pem).findings


def build_package_of(sealed, released):
    return fetch_package(actor=sealed.cast.clerk, release=released).content


def compressed(files: dict[str, bytes]) -> bytes:
    from zipfile import ZIP_DEFLATED

    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return target.getvalue()


def test_building_reads_nothing_but_the_settlement(sealed, released):
    released.case = sealed.case
    assert build_package(released).name == f"{sealed.settlement.number}.zip"
