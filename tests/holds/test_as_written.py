"""What a side wrote at the start stays as it is while a hold covers it, and nothing else does."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediation.cases.errors import Held
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import application_of, open_sealed
from mediation.cases.services import intake, invitations
from mediation.holds.services import holds as services
from mediation.proceedings.selectors import text_of
from mediation.proceedings.services import facts
from tests.factories.cast import make_cast
from tests.privacy.test_holds import duty, join_officer, place_hold, release

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "A loan was not repaid."


def answers_of(cast, user):
    return application_of(user, Case.objects.get(pk=cast.case.pk)).answers


def write(cast, user, **answers):
    return intake.save_statement(actor=user, case=cast.case, answers=answers)


def test_what_everybody_reads_is_not_written_over_while_the_joint_part_is_held(mediated):
    hold = place_hold(mediated, "joint")
    with pytest.raises(Held) as refused:
        write(mediated, mediated.party_a, summary="Other words", background="More for you alone")
    assert str(hold.review_on.year) in str(refused.value.message)
    with pytest.raises(Held):
        write(mediated, mediated.party_a, amount=None, currency="EUR")
    said = answers_of(mediated, mediated.party_a)
    assert (said.summary, f"{said.amount:f}") == (FIRST, "1200.00")
    assert said.background == "caucus-A-canary background"  # nothing of a refused save is kept


def test_the_rest_and_what_is_still_empty_can_be_written_and_the_same_words_again(mediated):
    place_hold(mediated, "joint")
    write(mediated, mediated.party_a, summary=f" {FIRST}\r\n", background="Changed")
    write(mediated, mediated.party_b, summary="My first words")
    assert answers_of(mediated, mediated.party_a).background == "Changed"
    with pytest.raises(Held):
        write(mediated, mediated.party_b, summary="My second words")


def test_a_hold_on_one_private_part_leaves_the_other_side_free(mediated):
    place_hold(mediated, "caucus:A")
    write(mediated, mediated.party_a, summary="Other words")
    write(mediated, mediated.party_b, background="B's own")
    write(mediated, mediated.party_b, background="B's own, again")
    for name in ("background", "wishes"):
        with pytest.raises(Held):
            write(mediated, mediated.party_a, **{name: "Other words"})


def test_a_proposal_keeps_nothing_and_after_the_hold_words_are_free_again(mediated):
    hold = services.propose_hold(actor=join_officer(mediated), case=mediated.case, duty=duty())
    write(mediated, mediated.party_a, background="Before")
    services.answer_hold(actor=mediated.coordinator, hold=hold, confirms=True)
    with pytest.raises(Held):
        write(mediated, mediated.party_a, background="During")
    release(mediated, hold)
    write(mediated, mediated.party_a, background="After")
    assert answers_of(mediated, mediated.party_a).background == "After"


def test_of_two_holds_the_longer_one_counts_and_the_clock_ends_both(mediated):
    place_hold(mediated, "joint", days=20)
    second = services.propose_hold(
        actor=mediated.case.holds.get().proposed_by, case=mediated.case, duty=duty("joint", 10)
    )
    services.answer_hold(actor=mediated.coordinator, hold=second, confirms=True)
    for days, is_kept in ((11, True), (21, False)):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            services.end_due_holds()
        case = Case.objects.get(pk=mediated.case.pk)
        assert ("joint" in case.kept_until) is is_kept
    write(mediated, mediated.party_a, summary="Other words")


def test_a_fact_is_not_worded_anew_while_the_joint_part_is_held(mediated):
    fact = facts.propose_fact(
        actor=mediated.party_a, case=mediated.case, text="It rained.", client_id=mediated.case.pk
    )
    place_hold(mediated, "joint")
    with pytest.raises(Held):
        facts.reword_fact(actor=mediated.mediator, fact=fact, edition=1, text="It snowed.")
    fact.refresh_from_db()
    assert (text_of(fact), fact.answers.count()) == ("It rained.", 1)


def test_the_address_the_letter_went_to_stays_while_names_are_held_and_no_longer():
    cast = make_cast("invited")
    hold = place_hold(cast, "identity")
    invitation = cast.case.invitations.get()
    invitations.accept_invitation(actor=cast.party_b, invitation=invitation)
    part = Participant.objects.select_related("case").get(case=cast.case, user=cast.party_b)
    assert open_sealed(part, part.case, "email", "identity") == cast.party_b.email
    release(cast, hold)
    part.refresh_from_db()
    assert bytes(part.email_sealed) == b""
    assert open_sealed(part, part.case, "name", "identity")


def test_names_of_an_application_are_not_written_over_while_they_are_held():
    cast = make_cast("draft")
    place_hold(cast, "identity")
    with pytest.raises(Held):
        intake.save_own_name(actor=cast.party_a, case=cast.case, name="Somebody", address="")
    with pytest.raises(Held):
        intake.save_other_side(
            actor=cast.party_a, case=cast.case, name="Somebody", email="else@example.org"
        )


def test_the_page_shows_what_is_kept_and_until_when_and_takes_the_rest(mediated):
    place_hold(mediated, "joint")
    client = Client()
    client.force_login(mediated.party_a)
    url = reverse("cases:statement", args=[mediated.case.pk])
    page = client.get(url)
    fields = page.context["form"].fields
    assert list(fields) == ["summary", "background", "wishes"]
    assert [name for name in fields if fields[name].widget.attrs.get("readonly")] == ["summary"]
    assert "under a duty to keep this as it is until" in page.content.decode()
    said = {"summary": FIRST, "background": "Changed", "wishes": ""}
    assert client.post(url, said).status_code == 302
    refused = client.post(url, {**said, "summary": "Other words"})
    assert refused.status_code == 423
    assert "must stay as it is until" in refused.content.decode()
    other = Client()
    other.force_login(mediated.party_b)
    assert "under a duty" not in other.get(url).content.decode()  # nothing written there yet


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks")
@pytest.mark.parametrize("turn", range(3))
def test_of_a_hold_and_new_words_at_once_what_is_there_when_it_begins_stays(mediated, turn):
    officer = join_officer(mediated)
    hold = services.propose_hold(actor=officer, case=mediated.case, duty=duty("joint"))
    start, seen, came = threading.Barrier(3), [], []

    def run(act):
        start.wait()
        try:
            act()
        except Held:
            came.append("refused")
        finally:
            connection.close()

    def confirm():
        services.answer_hold(actor=mediated.coordinator, hold=hold, confirms=True)
        seen.append(answers_of(mediated, mediated.party_a).summary)

    acts = [confirm] + [
        lambda words=words: write(mediated, mediated.party_a, summary=words)
        for words in ("One", "Two")
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers_of(mediated, mediated.party_a).summary] == seen
    assert (seen == [FIRST]) == (len(came) == 2)
