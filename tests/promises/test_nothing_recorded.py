"""Promise 3: nothing is recorded, and the server never sees media (S6, V9).

What goes through the socket of a room: test_at_sockets.py.
"""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse

from mediation.cases.enums import Purpose
from mediation.evidence.enums import FileKind
from mediation.rooms.routing import websocket_urlpatterns
from tests.promises.world import client_of
from tests.test_architecture import ROOT, TEMPLATES, pages, python_files

RECORDERS = re.compile(
    r"MediaRecorder|MediaStreamTrackProcessor|captureStream|SpeechRecognition|AudioWorklet"
    r"|ScriptProcessor|VideoEncoder|AudioEncoder|createMediaStreamSource|OffscreenCanvas"
    r"|RTCRtpScriptTransform|createEncodedStreams|transcri|whisper|ffmpeg|speech_to_text"
)
MEDIA_SERVERS = re.compile(r"(?i)aiortc|mediasoup|livekit|janus|jitsi|pyav\b|gstreamer|webrtcvad")
ROOM_SCRIPTS = ROOT / "static" / "js" / "rooms"
METER = ROOM_SCRIPTS / "meter.js"
LARGER, WORKER = ROOM_SCRIPTS / "larger.js", ROOM_SCRIPTS / "frame-worker.js"
LOOKING_IN = {METER: {"createMediaStreamSource"}, LARGER: {"RTCRtpScriptTransform"}}
TO_SERVER = re.compile(r"\b(fetch|XMLHttpRequest|sendBeacon|WebSocket|WebTransport)\b")


def scripts() -> list[Path]:
    return sorted((ROOT / "static" / "js").rglob("*.js"))


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.stem)
def test_no_script_of_ours_can_record(path):
    found = set(RECORDERS.findall(path.read_text(encoding="utf-8")))
    assert found <= LOOKING_IN.get(path, set())


def test_what_touches_single_frames_only_encrypts_them():
    """The other script that looks into sound and picture: each frame goes to the worker that seals
    and opens it, and on from there to where it was going anyway. The worker says one word, "ready".
    """
    assert set(re.findall(r"new URL\((.*?),", LARGER.read_text("utf-8"))) == {'"./frame-worker.js"'}
    source = WORKER.read_text("utf-8")
    assert re.findall(r"import .* from (.*);", source) == ['"./frame-crypto.js"']
    assert re.findall(r"postMessage\((.*)\)", source) == ['"ready"']
    ways_out = (
        r"fetch|XMLHttp|WebSocket|WebTransport|Broadcast|importScripts|Storage|indexedDB|caches"
    )
    for path in (WORKER, ROOM_SCRIPTS / "frame-crypto.js"):
        assert not re.search(ways_out, path.read_text("utf-8")), path


def test_the_bar_that_moves_with_the_microphone_only_shows_how_loud_it_is():
    """The one script that looks into sound: it goes into an analyser, comes out as one number, and
    has no way to anywhere else.
    """
    source = METER.read_text(encoding="utf-8")
    assert source.count("createMediaStreamSource") == source.count(".connect(") == 1
    assert ".connect(this.analyser)" in source
    assert "this.element.value = levelOf(samples)" in source
    assert not re.search(r"import |postMessage|dispatchEvent|Storage|Worker|push\(", source)


def test_no_page_and_no_code_of_ours_records():
    for path in [*python_files(), *TEMPLATES.rglob("*.html")]:
        assert RECORDERS.findall(path.read_text(encoding="utf-8")) == [], path


def test_nothing_we_are_built_on_handles_media_on_the_server():
    for name in ("requirements.in", "requirements.txt"):
        assert MEDIA_SERVERS.findall((ROOT / name).read_text(encoding="utf-8")) == []


def test_what_a_room_sends_to_the_server_goes_through_its_one_socket():
    """So the frames tested at the socket are all there is."""
    found = {
        (path.name, word)
        for path in scripts()
        if path.parent.name == "rooms" and not path.name.endswith(".test.js")
        for word in TO_SERVER.findall(path.read_text(encoding="utf-8"))
    }
    assert found == {("connection.js", "WebSocket")}
    assert [str(one.pattern) for one in websocket_urlpatterns] == ["ws/"]


def test_shared_screens_and_cameras_are_shown_and_sent_and_nothing_else():
    """Where a stream of camera or screen is asked for, it is for a peer's connection."""
    asks = [path.name for path in scripts() if "getDisplayMedia" in path.read_text("utf-8")]
    asks += [path.name for path in scripts() if "getUserMedia" in path.read_text("utf-8")]
    assert set(asks) <= {"devices.js", "call.js"}
    for path in (ROOT / "static" / "js" / "rooms").glob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\.getVideoTracks\(\)[^;]*grab|drawImage|toBlob|toDataURL", source)


@pytest.mark.django_db
def test_camera_and_microphone_open_on_the_page_of_a_room_alone(world):
    browser = client_of(world.cast.party_a)
    home = {"case_id": world.case.pk}
    room = reverse("rooms:room", kwargs={**home, "room_id": world.rooms[""].pk})
    others = [reverse(name, kwargs=home) for name in ("desk:case", "evidence:list", "privacy:case")]
    for path in [*others, reverse("core:home"), reverse("desk:list"), room]:
        policy = browser.get(path).headers["Permissions-Policy"]
        for device in ("camera", "microphone", "display-capture"):
            expected = f"{device}=(self)" if path == room else f"{device}=()"
            assert expected in policy, path


@pytest.mark.django_db
def test_a_room_may_talk_to_its_own_origin_only(world):
    browser = client_of(world.cast.party_a)
    path = reverse("rooms:room", args=[world.case.pk, world.rooms[""].pk])
    rules = browser.get(path).headers["Content-Security-Policy"]
    found = dict(rule.strip().split(" ", 1) for rule in rules.split(";") if " " in rule.strip())
    socket = settings.PUBLIC_URL.replace("http", "ws", 1)
    assert set(found["connect-src"].split()) == {"'self'", socket}
    assert found["default-src"] == "'none'"
    assert found["worker-src"] == "'self'"
    assert set(found["media-src"].split()) == {"'self'", "blob:"}


def test_there_is_nothing_to_keep_a_recording_in():
    """No model of rooms has a file or a field for one, and no media file is taken as evidence."""
    for model in apps.get_app_config("rooms").get_models():
        fields = model._meta.get_fields()
        assert not [one for one in fields if isinstance(one, models.FileField)]
        kept = {one.name for one in fields if isinstance(one, models.BinaryField)}
        assert kept <= {"body_sealed", "purpose_sealed", "note_sealed"}  # words
    assert not [kind for kind in FileKind if kind.value.startswith(("audio/", "video/"))]


def test_nobody_can_even_agree_to_a_recording():
    assert not [one for one in Purpose if re.search("record|transcri", one.value)]


def test_no_address_takes_media():
    for name, route, _pattern in pages():
        assert not re.search(r"(?i)\b(record|media|upload|stream|turn|ice)", route), name
