"""The repairs of asn1crypto change how often something is encoded, never what comes of it."""

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from mediation.settlements.document.asn1 import repair_asn1crypto

repair_asn1crypto()


class Inner(core.Sequence):
    _fields = [
        ("text", core.UTF8String, {"optional": True}),
        ("number", core.Integer, {"explicit": 0, "default": 3}),
        ("raw", core.OctetString, {"implicit": 1, "optional": True}),
    ]


class Inners(core.SetOf):
    _child_spec = Inner


class Outer(core.Sequence):
    _fields = [("first", Inner), ("others", Inners, {"explicit": 2})]


INNER = st.fixed_dictionaries(
    {"number": st.integers(0, 2**40)},
    optional={"text": st.text(max_size=60), "raw": st.binary(max_size=200)},
)
OUTER = st.fixed_dictionaries({"first": INNER, "others": st.lists(INNER, max_size=4)})


def as_der(inner):
    """By hand, as X.690 has it: tag, length, contents; a default left out, a set sorted."""
    parts = [tlv(0x0C, inner["text"].encode())] if "text" in inner else []
    number = inner["number"]
    written = number.to_bytes(number.bit_length() // 8 + 1, "big")
    parts += [] if number == 3 else [tlv(0xA0, tlv(0x02, written))]
    parts += [tlv(0x81, inner["raw"])] if "raw" in inner else []
    return tlv(0x30, b"".join(parts))


def tlv(tag, contents):
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + contents


def outer_as_der(value):
    others = b"".join(sorted(map(as_der, value["others"])))
    return tlv(0x30, as_der(value["first"]) + tlv(0xA2, tlv(0x31, others)))


@given(value=OUTER, changed=INNER)
def test_made_read_and_changed_it_is_what_the_standard_says(value, changed):
    made = Outer(value)
    assert made.dump() == made.dump() == made.dump(force=True) == outer_as_der(value)
    read = Outer.load(outer_as_der(value))
    read["first"] = changed
    assert read.dump() == outer_as_der({**value, "first": changed})
    assert Outer.load(read.dump()).native["others"] == Outer.load(made.dump()).native["others"]


@pytest.mark.parametrize("depth", [12, 20])
def test_what_lies_deep_is_encoded_once(depth, monkeypatch):
    """Without the repair, once for each time that something around it asks: 2 ** depth times."""
    calls = []
    value: core.Asn1Value = core.OctetString(b"x")
    for _level in range(depth):
        around = core.SequenceOf(spec=core.Any)
        around.append(core.Any(value))
        value = around
    monkeypatch.setattr(
        core.SequenceOf, "_set_contents", counting(core.SequenceOf._set_contents, calls)
    )
    value.dump()
    assert len(calls) <= 2 * depth


def counting(work, calls):
    def counted(*args, **kwargs):
        calls.append(1)
        return work(*args, **kwargs)

    return counted
