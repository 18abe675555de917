"""The real settings, with everything they keep in a folder of this run's own."""

import os
import tempfile
from pathlib import Path

from tests.servers import environment

HOME = Path(tempfile.mkdtemp(prefix="heyi-tests-"))  # one for every process; conftest removes it
os.environ.update(environment(HOME))

from mediation.settings import *  # noqa: E402, F403 reads the environment set above
from mediation.settings import (  # noqa: E402
    CACHES,
    CHANNEL_LAYERS,
    DATABASES,
    ON_SQLITE,
    REDIS_URL,
    STATIC_ROOT,
    STORAGES,
)

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir()
TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend", "QUEUES": []}}
if ON_SQLITE:  # a file and not memory, so that threads and processes meet as they do in life
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}
if REDIS_URL:  # several pytest processes share one Redis, and some tests empty their cache
    CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = HOME.name
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
    CACHES["default"]["LOCATION"] = f"{REDIS_URL.rpartition('/')[0]}/{number}"
