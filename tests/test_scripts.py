"""The commands a newcomer types, and the throw-away servers of the tests themselves."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests import servers
from tests.bench.__main__ import available

ROOT = servers.ROOT
SCRIPTS = ["setup", "serve", "test", "check", "bench", "lock", "translations", "../.ci/run"]
MISSING_TOOL = """#!/bin/sh
exit 1
"""


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_run_and_says_what_it_is_for(name: str) -> None:
    path = ROOT / "script" / name
    text = path.read_text(encoding="utf-8")
    assert os.access(path, os.X_OK)
    assert text.splitlines()[0] in {"#!/usr/bin/env bash", "#!/usr/bin/env python3"}
    assert len(text.splitlines()[1]) > 20


def test_every_script_named_in_the_documents_exists() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name
        for document in documents
        for name in re.findall(r"script/([a-z-]+)", document.read_text(encoding="utf-8"))
    }
    assert {name for name in named if not (ROOT / "script" / name).exists()} == set()


def test_every_test_named_in_the_documents_exists() -> None:
    named = {
        found
        for document in (ROOT / "docs").rglob("*.md")
        for found in re.findall(
            r"`(tests/[a-z_/]+\.py)(?:::(test_[a-z_]+))?`", document.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 20
    missing = {
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists()
        or f"def {test}" not in (ROOT / path).read_text(encoding="utf-8")
    }
    assert missing == set()


def test_every_setting_is_explained() -> None:
    read = re.findall(
        r'env\.[a-z_]+\(\s*"([A-Z0-9_]+)"',
        (ROOT / "mediation" / "settings.py").read_text(encoding="utf-8"),
    )
    explained = re.findall(
        r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(set(read)) == sorted(explained)


def test_setup_names_what_is_missing_where_it_may_not_install(tmp_path: Path) -> None:
    """A copy of the scripts on a machine without the packages, for an account without rights."""
    project = tmp_path / "project"
    (project / "script").mkdir(parents=True)
    for name in ("setup", "common.sh"):
        (project / "script" / name).write_bytes((ROOT / "script" / name).read_bytes())
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {
        "dpkg-query": MISSING_TOOL,
        "sudo": MISSING_TOOL,
        "id": "#!/bin/sh\necho 1000\n",
    }.items():
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    refused = run("bash", project / "script/setup", PATH=path, PYTHON=sys.executable)
    assert refused.returncode == 1
    assert "apt-get install --no-install-recommends libpango-1.0-0 " in refused.stderr
    assert "postgresql" not in refused.stderr
    for_tests = run("bash", project / "script/setup", "--for-tests", PATH=path)
    assert "postgresql redis-server chromium" in for_tests.stderr


def test_setup_refuses_a_python_that_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "script").mkdir()
    for name in ("setup", "common.sh"):
        (tmp_path / "script" / name).write_bytes((ROOT / "script" / name).read_bytes())
    refused = run("bash", tmp_path / "script/setup", PYTHON="/bin/false")
    assert refused.returncode == 1
    assert "3.11, 3.12 or 3.13" in refused.stderr


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (("setup", "--everything"), "Usage: script/setup"),
        (("serve", "--host", "0.0.0.0"), "Usage: script/serve"),
        (("test", "--only", "some"), "Usage: script/test"),
        (("check", "weather"), "No such gate: weather"),
    ],
)
def test_a_script_refuses_what_it_does_not_know(command: tuple[str, ...], answer: str) -> None:
    refused = run(ROOT / "script" / command[0], *command[1:])
    assert refused.returncode == 1
    assert answer in refused.stderr


def test_serve_says_what_it_can_do_without_an_error() -> None:
    answer = run(ROOT / "script/serve", "--help")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "script/serve --port 9000" in answer.stdout


def test_serve_on_a_taken_port_names_the_way_out_first_and_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(ROOT / "script/serve", "--port", port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.split() == (
        f"Port {port} is taken. Choose another one: script/serve --port 9000".split()
    )


def test_bench_refuses_an_unknown_measurement() -> None:
    refused = run(sys.executable, "-m", "tests.bench", "weather")
    assert refused.returncode == 2
    assert "no measurement is called weather" in refused.stderr


def test_bench_lists_what_each_measurement_is() -> None:
    assert [name for name, line in available().items() if not line] == []


def test_redis_is_there_and_gone_again() -> None:
    with servers.redis() as url:
        assert redis.Redis.from_url(url).ping()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()


def test_postgresql_is_there_and_gone_again() -> None:
    with servers.postgresql() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_servers_end_when_the_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), servers.redis() as url:
        1 / 0  # noqa: B018 any error will do
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho out of coffee\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(RuntimeError, match="out of coffee"), servers.redis():
        pass


def test_servers_end_when_their_runner_is_ended(tmp_path: Path) -> None:
    """As when CI stops a run that takes too long."""
    note = tmp_path / "url"
    code = (
        f"import os, time; open({str(note)!r}, 'w').write(os.environ['REDIS_URL']); time.sleep(60)"
    )
    runner = subprocess.Popen([sys.executable, "-m", "tests.servers", sys.executable, "-c", code])
    deadline = time.monotonic() + servers.START_SECONDS
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert redis.Redis.from_url(note.read_text()).ping()
    runner.terminate()
    assert runner.wait(servers.STOP_SECONDS * 2) == 128 + 15
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(note.read_text()).ping()


def test_the_exit_status_of_the_command_is_kept() -> None:
    assert run(sys.executable, "-m", "tests.servers", "sh", "-c", "exit 7").returncode == 7
