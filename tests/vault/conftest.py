import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.keyrings import own_keyring

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_keys(tmp_path, settings):
    """A key ring, key-encryption keys and signing keys for this test alone."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }
    with own_keyring(settings, tmp_path):
        yield tmp_path


@pytest.fixture
def process() -> Callable[[str], subprocess.Popen[str]]:
    """Start a Python process with this test's key ring; its lines come and go through pipes."""

    def start(source: str) -> subprocess.Popen[str]:
        own = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "mediation.settings",
            "PYTHONPATH": str(ROOT),
        }
        for name in ("KEYRING_PATH", "KEYRING_DATABASE_URL", "KEK_DIR", "SIGNING_DIR"):
            own[name] = str(getattr(django_settings, name))
        return subprocess.Popen(
            [sys.executable, "-c", source],
            env=own,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    return start
