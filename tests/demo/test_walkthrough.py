"""The walk-through ends well in both languages, and its files stand the check of a stranger."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, environment

FILES = ("settlement.pdf", "court-package.zip", "deletion-certificate.json")
LAST_LINE = {"en": "This file is genuine", "zh-hans": "此文件真实"}


def manage(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {**environment(home), "DATABASE_URL": f"sqlite:///{home}/walk.sqlite3", "REDIS_URL": ""}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=own,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("language", "story"), [("en", "consumer"), ("zh-hans", "loan"), ("zh-hans", "neighbours")]
)
def test_walkthrough(tmp_path: Path, language: str, story: str) -> None:
    out = tmp_path / "out"
    done = manage(
        tmp_path, "walkthrough", "--language", language, "--story", story, "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(LAST_LINE[language]) == len(FILES)
    fingerprints = re.findall(r"[0-9a-f]{12}(?=…)", done.stdout)
    assert (len(fingerprints), len(set(fingerprints))) == (3, 1)  # all three sign the same terms
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    for name in FILES:
        assert manage(tmp_path, "verify", str(out / name)).returncode == 0, name
        content = bytearray((out / name).read_bytes())
        content[len(content) // 3] ^= 1
        (tmp_path / "changed").write_bytes(content)
        assert manage(tmp_path, "verify", str(tmp_path / "changed")).returncode == 1, name
    certificate = json.loads((out / "deletion-certificate.json").read_text(encoding="utf-8"))
    assert certificate["statement"]["schema"] == "heyi-deletion-certificate-1"


def test_a_second_start_says_that_the_demo_data_is_there(tmp_path: Path) -> None:
    manage(tmp_path, "migrate", "--verbosity", "0")
    assert manage(tmp_path, "load_demo").stdout == "4 demo cases made\n"
    assert manage(tmp_path, "load_demo").stdout == "The demo data is there already\n"


def test_what_is_not_ours_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir", encoding="utf-8")
    assert manage(tmp_path, "verify", str(tmp_path / "letter.txt")).returncode == 2
