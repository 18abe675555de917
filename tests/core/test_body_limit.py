import pytest
from django.conf import settings

from mediation.core.body_limit import BodyLimit


async def status_for(*headers):
    answers = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        answers.append(message)

    async def receive():
        return {"type": "http.request"}

    await BodyLimit(application)({"type": "http", "headers": list(headers)}, receive, send)
    return answers[0]["status"]


async def test_ordinary_requests_pass():
    assert await status_for() == 200
    assert await status_for((b"content-length", b"12")) == 200
    limit = str(settings.FILE_UPLOAD_MAX_MEMORY_SIZE).encode()
    assert await status_for((b"content-length", limit)) == 200


@pytest.mark.parametrize("length", [b"999999999999", b"-1", b"12x", b""])
async def test_a_body_that_would_reach_the_disk_is_refused(length):
    assert await status_for((b"content-length", length)) == 413


async def test_a_body_of_unknown_length_is_refused():
    assert await status_for((b"transfer-encoding", b"chunked")) == 411


def test_the_largest_evidence_fits():
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE > settings.EVIDENCE_MAX_BYTES
