"""The walk-through: one story from the first question to the certificate of destruction, and the
three files that remain, each checked as a stranger would.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from mediation.accounts.models import User
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.courts.services import packages, releases
from mediation.demo.services.jobs import finish_jobs
from mediation.demo.services.people import DOMAIN, welcome
from mediation.demo.services.place import open_place
from mediation.demo.services.play import Play, Tell
from mediation.demo.services.story import Story, read_story
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Scope
from mediation.privacy.services import requests
from mediation.privacy.services.certificates import file_of
from mediation.settlements.services import reading
from mediation.verification.enums import Verdict
from mediation.verification.services import verify

ROLES = ("applicant", "respondent", "mediator")
FILES = ("settlement.pdf", "court-package.zip", "deletion-certificate.json")


class NotGenuine(Exception):
    """A file the walk-through just made does not verify."""


@dataclass(frozen=True)
class Walk:
    """A walk through one story; `heading` and `tell` print it."""

    play: Play
    out: Path
    heading: Callable[[str], None]

    def all(self) -> None:
        """Every step in order. Raises NotGenuine, or whatever a service refuses."""
        for title, act in self._acts():
            self.heading(title)
            act()

    def _acts(self) -> list[tuple[str, Callable[[], None]]]:
        play = self.play
        return [
            (_("Asking for mediation"), play.apply),
            (_("The invitation"), play.invite),
            (_("The answer"), play.accept),
            (_("Consents"), play.consent),
            (_("The mediator"), play.find_mediator),
            (_("Talking"), play.talk),
            (_("The draft"), play.draft),
            (_("Approval"), play.approve),
            (_("Free to say no"), play.confirm_freedom),
            (_("Signing"), play.sign),
            (_("The settlement"), self._keep_settlement),
            (_("The court"), self._court),
            (_("Destruction"), self._destroy),
            (_("Checking the three files"), self._check),
        ]

    def _keep_settlement(self) -> None:
        copy = reading.read_document(
            actor=self.play.people["applicant"], settlement=self.play.settlement
        )
        self._write("settlement.pdf", copy.content)

    def _court(self) -> None:
        """Both sides release the settlement; the clerk fetches the package."""
        people, case, language = self.play.people, self.play.case, self.play.story.language
        release = releases.propose_release(
            actor=people["applicant"], case=case, court=self.play.place.court
        )
        for who in ("applicant", "respondent"):
            release = releases.consent_to_release(
                actor=people[who], release=release, language=language
            )
            self._tell(who, _("I release the settlement to the court, and nothing else."))
        finish_jobs()
        clerk = self.play.place.people["clerk"]
        package = packages.fetch_package(actor=clerk, release=release)
        self._write("court-package.zip", package.content)

    def _destroy(self) -> None:
        """Both ask for everything to be destroyed now; the certificate says what was."""
        for who in ("applicant", "respondent"):
            requests.ask_erasure(
                actor=self.play.people[who],
                case=self.play.case,
                scope=Scope.EVERYTHING,
            )
            self._tell(who, _("I ask for everything that was said to be destroyed now."))
        finish_jobs()
        certificates = certificates_visible_to(self.play.people["applicant"])
        found = certificates.get(erasure__case_id=self.play.case.pk)
        self._write("deletion-certificate.json", file_of(found))

    def _check(self) -> None:
        for name in FILES:
            report = verify((self.out / name).read_bytes())
            self.play.tell(name, str(report.verdict.label))
            if report.verdict != Verdict.GENUINE:
                raise NotGenuine(name)

    def _write(self, name: str, content: bytes) -> None:
        (self.out / name).write_bytes(content)
        self.play.tell("→", str(self.out / name))

    def _tell(self, who: str, what: str) -> None:
        self.play.tell(self.play.story.names[who], what)


def prepare_walk(
    *, story: str, language: str, out: Path, heading: Callable[[str], None], tell: Tell
) -> Walk:
    """A walk with people of its own, so that it can be taken any number of times a day."""
    told = read_story(story, language)
    place = open_place(told.profile)
    run = secrets.token_hex(4)
    people = {role: _person(told, role, run) for role in ROLES}
    centers.add_member(center=place.center, user=people["mediator"], role=CenterRole.MEDIATOR)
    out.mkdir(parents=True, exist_ok=True)
    return Walk(Play(place, told, people, tell), out, heading)


def leave(walk: Walk) -> None:
    """The mediator of the walk is taken off the panel again."""
    mediator: User = walk.play.people["mediator"]
    for membership in mediator.memberships.filter(ended_at=None):
        centers.end_membership(membership=membership)


def _person(story: Story, role: str, run: str) -> User:
    return welcome(email=f"{role}-{run}@{DOMAIN}", name=story.names[role], language=story.language)
