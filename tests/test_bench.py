"""What the measurements themselves could get wrong."""

import pytest

from tests.bench._matrix import Line
from tests.bench.room import ratios

ANSWER = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nfirst\r\nc\r\n and\r\nsecond\r\n0\r\n\r\n"
)


def turn(ours: int, **peers: tuple[int, float]) -> dict[str, dict[str, float]]:
    """One turn's figures: messages a second and, for the peers, the p95."""
    own = {"per_second": ours, "p95_ms": 6.0, "lost": 0}
    limits = {name: {"per_second": 8000} for name in ("bare", "commits_postgresql")}
    found = {"embedded": own, "production": own, **limits}
    return found | {name: {"per_second": n, "p95_ms": p} for name, (n, p) in peers.items()}


def test_the_room_is_compared_with_the_best_peer_of_each_turn():
    both = turn(2000, ejabberd=(1000, 8.0), synapse=(500, 3.0))
    found = ratios([both, turn(3000, ejabberd=(500, 6.0), synapse=(1000, 9.0)), both])
    assert found["throughput_vs_best_peer"] == 2.0
    assert found["p95_vs_best_peer"] == 2.0
    assert found["acknowledged_lost"] == 0


def test_without_any_peer_there_is_no_ratio_to_one():
    assert not [name for name in ratios([turn(2000)]) if "peer" in name]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_answers_are_read_in_whatever_pieces_they_come(size):
    heard = []
    line, sent = Line(heard.append), ANSWER * 2
    for start in range(0, len(sent), size):
        line.data_received(sent[start : start + size])
    assert heard == [b"first and\r\nsecond"] * 2


def test_a_refusal_is_no_answer():
    with pytest.raises(ConnectionError, match="429"):
        Line(print).data_received(ANSWER.replace(b"200 OK", b"429 Too Many Requests"))
