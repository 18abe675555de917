"""The verifier people download, run alone as they run it."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from mediation.audit.segments import VERIFIER
from tests.audit import vectors

FOLDER = Path(__file__).resolve().parent / "vectors"
RUNS = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))


def verify(*arguments: object, folder: Path = FOLDER) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(VERIFIER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def faults(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("!")]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: " ".join(run["arguments"]))
def test_every_vector_gets_its_answer(run):
    done = verify(*run["arguments"])

    assert (done.returncode, faults(done)) == (run["exit"], run["faults"]), done.stderr
    assert "Traceback" not in done.stderr


def said(*arguments: str) -> list[str]:
    return verify(*arguments, "--key", "log-key.txt").stdout.splitlines()


def test_it_says_what_was_checked_and_when_it_was_stamped():
    root = vectors.b64(vectors.merkle.root_of(vectors.HASHES))
    state = ["size 11", f"root {root}"]
    stamped = ["stamped 7 2026-03-01T09:00:00Z", "sound"]
    roots = ["--roots", "tsa-roots.pem"]

    assert said("sound", *roots) == ["year 2026", *state, *stamped]
    assert said("sound") == ["year 2026", *state, "time stamps: not checked (no --roots)", "sound"]
    assert said("dropped", *roots) == [
        "leaves: dropped, not checked", "year 2019", *state, *stamped,
    ]  # fmt: skip
    assert said("sound", *roots, "--states", "2026") == [
        "leaves: not checked (--states)", "year 2026", *state, *stamped,
    ]  # fmt: skip


def test_the_state_it_tells_is_one_that_holds():
    assert "size 3" in said("leaf-forged")
    assert not any(line.startswith("size") for line in said("sound", "--states", "2019"))


def test_a_missing_signature_of_the_service_is_named():
    proof = verify("proof.json", "--key", "log-key.txt")
    assert (proof.stdout, "--service-key" in proof.stderr) == ("", True)
    assert said("certificate.json") == [
        "signature of the service: not checked (no --service-key)", "sound",
    ]  # fmt: skip


def test_the_vectors_are_what_the_script_makes(tmp_path):
    vectors.write(tmp_path)

    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()}
    assert made == kept
    for name in made:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_file_needs_nothing_of_ours():
    imports = [
        line
        for line in VERIFIER.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]
    foreign = {
        name for line in imports if (name := line.split()[1].split(".")[0])
    } - sys.stdlib_module_names
    assert foreign == {"cryptography"}


@pytest.mark.parametrize("place", range(0, 900, 7))
def test_no_changed_byte_of_a_stamp_is_accepted(place):
    """Each is refused or does not count; the padding of nothing in it is free to change."""
    from mediation.audit.offline.heyi_log import stamped_at

    note = vectors.signed_note(vectors.HASHES[: vectors.STAMPED]).encode()
    good = vectors.stamp(note)
    assert stamped_at(good, note, vectors.pem(vectors.ROOT)) == vectors.at(60)
    at = place % len(good)
    spoiled = good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1 :]

    told = stamped_at(spoiled, note, vectors.pem(vectors.ROOT))

    assert told is None or told == vectors.at(60)


def test_a_stamp_needs_the_root_it_leads_to():
    from mediation.audit.offline.heyi_log import stamped_at

    note = b"a note"
    other = vectors.certificate(
        "Vector Root", vectors.STAMP_KEY, "Vector Root", vectors.STAMP_KEY,
        [vectors.x509.BasicConstraints(ca=True, path_length=None)],
    )  # fmt: skip

    assert stamped_at(vectors.stamp(note), note, vectors.pem(vectors.ROOT)) is not None
    assert stamped_at(vectors.stamp(note), note, vectors.pem(other)) is None
    assert stamped_at(vectors.stamp(note), b"another", vectors.pem(vectors.ROOT)) is None


PEAK = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
"""


def test_many_leaves_take_little_memory(tmp_path):
    """The leaves are hashed as they are read: more of them do not take more room."""
    peaks = {}
    for count in (2_000, 40_000):
        folder = tmp_path / str(count)
        vectors.write_many(folder, count)
        command = [sys.executable, "-I", "-c", PEAK, VERIFIER, folder, "--key", "log-key.txt"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER)
        assert done.returncode == 0, done.stdout
        peaks[count] = int(done.stdout.splitlines()[-1])

    assert peaks[40_000] < peaks[2_000] + 3_000  # KiB


def test_base64_of_a_leaf_that_is_none_is_named(tmp_path):
    lines = vectors.leaf_lines()
    lines[6]["leaf"] = base64.b64encode(b"x").decode()[:-1]
    vectors.write_year(tmp_path / "year", lines, vectors.checkpoint_lines())

    done = verify(tmp_path / "year", "--key", "log-key.txt")

    assert (done.returncode, faults(done)) == (1, ["! leaf_unreadable 6"])
