"""Moments are shown on the clock of the reader, and their zone is named so that people know it."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from mediation.core.clock import zone_choices, zone_for, zone_label

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("chosen", "seen", "language", "zone"),
    [
        ("Europe/Berlin", "Asia/Tokyo", "zh-hans", "Europe/Berlin"),
        ("", "Asia/Tokyo", "zh-hans", "Asia/Tokyo"),
        ("", "", "zh-hans", "Asia/Shanghai"),
        ("", "", "en", "UTC"),
        ("", "../../etc/passwd", "en", "UTC"),
        ("Moon/Base", "Moon/Base", "en", "UTC"),
    ],
)
def test_the_chosen_zone_wins_over_the_browsers_and_that_over_the_usual_one(
    chosen, seen, language, zone
):
    assert zone_for(chosen=chosen, seen=seen, language=language).key == zone


def test_an_installation_names_the_usual_zone(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert zone_for(language="zh-hans").key == "Europe/Berlin"
    assert zone_for(language="en").key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("UTC", "22 November 2026, 12:00 UTC"),
        ("Asia/Shanghai", "22 November 2026, 20:00 Beijing time"),
        ("Asia/Kolkata", "22 November 2026, 17:30 UTC+5:30"),
        ("America/Chicago", "22 November 2026, 06:00 UTC−6"),
    ],
)
def test_a_moment_is_told_with_a_zone_people_know(zone, told):
    template = Template("{% load heyi %}{{ at|moment }}")
    with timezone.override(zone):
        assert template.render(Context({"at": NOON})) == told


def test_a_zone_is_a_city_and_its_offset():
    with time_machine.travel(NOON, tick=False):
        assert zone_label("Europe/Berlin") == "Berlin (UTC+1)"
        assert zone_label("America/Argentina/Buenos_Aires") == "Buenos Aires (UTC−3)"
        with translation.override("zh-hans"):
            assert zone_label("Europe/Berlin").startswith("柏林")


def test_the_device_and_the_common_zones_come_first():
    (first, words), (_common, common), (_others, others) = zone_choices(seen="Europe/Vienna")
    assert first == ""
    assert "Vienna" in words
    assert [name for name, _label in common][:2] == ["Europe/Vienna", "Asia/Shanghai"]
    names = [name for name, _label in common + others]
    assert len(names) == len(set(names))
    assert "Africa/Abidjan" in names
    assert not any("/" in label or "_" in label for _name, label in others)
