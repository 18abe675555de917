import pytest

from mediation.cases.enums import OUTCOME_CLASS, Compartment, Purpose
from mediation.cases.services.intake import STAGES
from mediation.profiles.selectors import consent_text, profile_named, profile_names
from mediation.rights.enums import RefusalGround


@pytest.mark.parametrize("key", profile_names())
def test_profile_has_a_period_for_every_ending_and_compartment(key):
    profile = profile_named(key)
    for ending in set(OUTCOME_CLASS.values()):
        for compartment in Compartment:
            assert profile.period(ending, compartment).days >= 0
            assert profile.period(ending, f"{compartment}:A") == profile.period(ending, compartment)


@pytest.mark.parametrize("key", profile_names())
def test_profile_has_every_deadline(key):
    profile = profile_named(key)
    for stage in STAGES:
        assert profile.deadline(stage).days > 0
    assert set(profile.name) == {"en", "zh-hans"}


@pytest.mark.parametrize("key", profile_names())
def test_profile_says_why_a_right_may_be_refused_and_where_to_complain(key):
    profile = profile_named(key)
    assert set(profile.grounds) <= set(RefusalGround.values)
    for code, ground in profile.grounds.items():
        assert set(ground.words) == {"en", "zh-hans"}
        assert set(ground.source) == ({"en", "zh-hans"} if code != "nothing" else set())
        assert len(code) <= 20
    assert set(profile.complain) == {"en", "zh-hans"}


def test_peoples_mediation_is_free():  # M11, 人民调解法 4
    assert profile_named("cn-people").fee == 0


def test_matters_that_need_paper():  # A9, 电子签名法 3
    assert profile_named("cn-people").paper_only == {"marriage", "adoption", "inheritance"}


@pytest.mark.parametrize("purpose", Purpose)
def test_consent_text_exists_in_both_languages(purpose):
    text = consent_text(purpose)
    assert set(text.title) == set(text.body) == {"en", "zh-hans"}
    assert all(value.strip() for value in (*text.title.values(), *text.body.values()))
    assert len(text.sha256) == 64


def test_unknown_profile_is_an_error():
    with pytest.raises(FileNotFoundError):
        profile_named("nowhere")
