"""The cases of the demonstration, each left standing at another place of the journey."""

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.demo.services.jobs import finish_jobs
from mediation.demo.services.place import Place, open_place
from mediation.demo.services.play import Play
from mediation.demo.services.story import read_story
from mediation.rights.enums import Right
from mediation.rights.services.requests import ask_center

# Story, language, who, and how far the play goes.
SCENES = [
    ("loan", "zh-hans", ("su", "zhang", "yang"), "sealed"),
    ("neighbours", "zh-hans", ("lin", "chen", "he"), "talking"),
    ("consumer", "en", ("maria", "jonas", "amy"), "waiting"),
    ("loan", "zh-hans", ("zhang", "chen", "yang"), "invited"),
]
ACTS = {
    "invited": ("apply", "invite"),
    "waiting": ("apply", "invite", "accept", "consent"),
    "talking": ("apply", "invite", "accept", "consent", "find_mediator", "talk", "lead", "offer"),
    "sealed": (
        *("apply", "invite", "accept", "consent", "find_mediator", "talk"),
        *("draft", "approve", "confirm_freedom", "sign"),
    ),
}


def load_demo() -> int:
    """Play every scene, unless there are cases already. Returns how many were played."""
    place = open_place()
    if Case.objects.filter(center=place.center).exists():
        return 0
    for story, language, keys, stage in SCENES:
        _play(place, story, language, keys, stage)
    _ask_about_data(place)
    finish_jobs()
    return len(SCENES)


def _ask_about_data(place: Place) -> None:
    """Something on the privacy officer's desk."""
    ask_center(
        actor=place.people["lin"],
        center=place.center,
        right=Right.EXPLAIN,
        words="请说明：调解结束后，我写给调解员的内容会保留多久？谁能看到？",
    )


def _play(place: Place, story: str, language: str, keys: tuple[str, str, str], stage: str) -> None:
    roles = ("applicant", "respondent", "mediator")
    people: dict[str, User] = {
        role: place.people[key] for role, key in zip(roles, keys, strict=True)
    }
    play = Play(place=place, story=read_story(story, language), people=people)
    for act in ACTS[stage]:
        getattr(play, act)()
