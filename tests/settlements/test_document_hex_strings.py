"""The repair that reads hexadecimal strings at once says what pyHanko says without it."""

from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

from mediation.settlements.document.hex_strings import PIECE, repair_pyhanko

repair_pyhanko()
AT_ONCE = generic.read_hex_string_from_stream
BY_PYHANKO = AT_ONCE.__wrapped__
# What may stand in such a string, and what may not.
PIECES = [b"4", b"1F", b"fe", b"FE FF", b" ", b"\r\n", b"\0"]
PIECES += [b"%note\n", b"%>\n", b"x", b"<", b">", b""]


def read(how, raw):
    stream = BytesIO(b"ab" + raw)
    stream.seek(2)
    try:
        value = how(stream)
    except PdfError as error:
        return str(error)
    return type(value), value, stream.tell()


@given(pieces=st.lists(st.sampled_from(PIECES)), rest=st.binary(max_size=8))
@example(pieces=[b"41" * PIECE, b"4"], rest=b" /Next")
@example(pieces=[b"41" * PIECE, b" " * PIECE, b"42%>\n43"], rest=b"")
@example(pieces=[b"4" * (PIECE - 1)], rest=b"")
@example(pieces=[b"4" * PIECE], rest=b"")
def test_it_reads_as_pyhanko_does(pieces, rest):
    for raw in (b"<" + b"".join(pieces) + b">" + rest, b"<" + b"".join(pieces)):
        assert read(AT_ONCE, raw) == read(BY_PYHANKO, raw)


def test_it_reads_a_signature_in_few_calls():
    """Sixty thousand digits are what one signature holds; pyHanko reads each on its own."""

    class Counted(BytesIO):
        calls = 0

        def read(self, size=-1):
            self.calls += 1
            return super().read(size)

    stream = Counted(b"<" + b"0" * 60_000 + b">")
    assert AT_ONCE(stream) == generic.pdf_string(bytes(30_000))
    assert stream.calls < 20


@pytest.mark.parametrize("raw", [b"<41", b"<4g>", b"<"])
def test_what_is_no_such_string_is_refused_as_before(raw):
    with pytest.raises(PdfError):
        AT_ONCE(BytesIO(raw))
