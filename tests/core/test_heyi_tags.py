"""Time limits are told in words and never blame a party."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from lxml import html

from mediation.core.templatetags.heyi import apart, icon, language_tag

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _deadline(due, options=""):
    template = Template("{% load heyi %}{% deadline due " + options + " %}")
    return html.fromstring(f"<div>{template.render(Context({'due': due}))}</div>")


def _tone_and_words(due, options=""):
    (tag,) = _deadline(due, options).find_class("heyi-tag")
    return tag.get("class").rpartition("--")[2], tag.text_content().strip()


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (date(2026, 11, 29), ("neutral", "In 7 days")),
        (date(2026, 11, 24), ("attention", "In 2 days")),
        (date(2026, 11, 23), ("attention", "In 1 day")),
        (date(2026, 11, 22), ("attention", "Today")),
        (date(2026, 11, 21), ("late", "1 day late")),
        (date(2026, 11, 15), ("late", "7 days late")),
        (NOON + timedelta(hours=1), ("attention", "Today")),
        (NOON - timedelta(hours=1), ("late", "1 day late")),
        (NOON - timedelta(hours=49), ("late", "2 days late")),
    ],
)
def test_a_deadline_is_told_in_days(due, told):
    with time_machine.travel(NOON, tick=False):
        assert _tone_and_words(due) == told


def test_a_date_that_binds_a_party_is_never_late():
    with time_machine.travel(NOON, tick=False):
        assert _tone_and_words(date(2026, 11, 1), "quiet=True") == ("neutral", "Date has passed")
        assert _tone_and_words(date(2026, 11, 22), "quiet=True") == ("neutral", "Today")


def test_what_is_done_is_never_late():
    with time_machine.travel(NOON, tick=False):
        assert _tone_and_words(date(2026, 11, 1), "done=True") == ("done", "Done")


def test_no_date_shows_nothing():
    assert _deadline(None).text_content().strip() == ""


def test_a_moment_names_its_time_zone_and_a_day_does_not():
    with time_machine.travel(NOON, tick=False):
        assert "22 November 2026, 13:00 UTC" in _deadline(NOON + timedelta(hours=1)).text_content()
        assert _deadline(date(2026, 11, 29)).text_content().strip().endswith("29 November 2026")


@pytest.mark.parametrize(
    ("code", "tag"),
    [("en", "en"), ("zh-hans", "zh-Hans"), ("pt-br", "pt-BR"), ("", "en"), (None, "en")],
)
def test_language_tags_are_written_as_bcp_47_does(code, tag):
    assert language_tag(code) == tag


def test_an_icon_alone_has_a_name_and_beside_a_word_has_none():
    assert 'role="img" aria-label="Genuine &lt;b&gt;"' in icon("shield-check", "Genuine <b>")
    assert 'aria-hidden="true"' in icon("shield-check")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada <Applicant>", "Ada <Applicant>"),
        ("张伟", "张伟"),
        ("محمد علي", "<bdi>محمد علي</bdi>"),
        ("<כהן>", "<bdi>&lt;כהן&gt;</bdi>"),
    ],
)
def test_a_name_from_the_right_stands_apart(name, shown):
    assert apart(name) == shown


def test_a_name_stays_escaped_in_a_sentence():
    template = Template("{% load heyi %}{{ name|apart }}, 14:05")

    assert template.render(Context({"name": "<b>"})) == "&lt;b&gt;, 14:05"
    assert template.render(Context({"name": "כהן"})) == "<bdi>כהן</bdi>, 14:05"
