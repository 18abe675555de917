"""Two people at the same draft: whoever comes second sees both texts, and loses none."""

from typing import Any

import pytest
from django.test import Client

from mediation.settlements.document.comparison import Kind
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import draft_terms
from mediation.settlements.services import drafting
from tests.factories.cast import Cast
from tests.factories.settlements import PAYMENT, make_draft
from tests.settlements.test_services_signing import fresh
from tests.settlements.test_time_to_think import guarantor_fields
from tests.settlements.test_views import (
    as_person,
    draft_fields,
    obligation_fields,
    page,
    text_of,
)

pytestmark = pytest.mark.django_db


def beside(answer: Any) -> dict[str, tuple[str, str]]:
    """For each field that differs: the draft's words that go, and the typed ones that come."""
    return {
        str(one.label): tuple(
            "".join(words.text for words in one.words if words.kind == kind)
            for kind in (Kind.REMOVED, Kind.ADDED)
        )
        for one in answer.context["form"].beside()
    }


def once_more(client: Client, path: str, fields: dict[str, Any], settlement: Settlement) -> Any:
    """Send the form again, as the page now has it."""
    return client.post(path, {**fields, "edition": fresh(settlement).edition})


def test_the_draft_is_shown_beside_what_was_typed(cast: Cast) -> None:
    draft = make_draft(cast)
    client, path = as_person(cast.mediator), page(cast, "draft")
    client.post(path, draft_fields(draft, costs_clause="Each side bears half."))
    typed = draft_fields(draft, costs_clause="Each side bears all.", issues="First\nThird")
    answer = client.post(path, typed)
    assert beside(answer) == {"Costs": ("half", "all"), "Points in dispute": ("Second", "Third")}
    shown = text_of(answer)
    assert "In the draft now: half You typed: all" in shown
    assert "Third" in answer.content.decode()
    once_more(client, path, typed, draft)
    terms = draft_terms(fresh(draft))
    assert (terms.costs_clause, terms.issues) == ("Each side bears all.", ("First", "Third"))


def test_nothing_is_beside_anything_when_nobody_came_between(cast: Cast) -> None:
    draft = make_draft(cast)
    answer = as_person(cast.mediator).post(
        page(cast, "draft"), draft_fields(draft, cooling_off_days="99")
    )
    assert list(answer.context["form"].beside()) == []
    assert "beside what you typed" not in text_of(answer)


def test_numbers_days_and_choices_are_compared_as_people_read_them(cast: Cast) -> None:
    draft = make_draft(cast)
    client, path = as_person(cast.mediator), page(cast, "edit_obligation", obligation_id="o1")
    mine = obligation_fields(draft, description="The loan", amount="100.00")
    client.post(path, obligation_fields(draft, description="The loan", amount="90.00"))
    found = beside(client.post(path, {**mine, "kind": "deliver", "due_on_day": "1"}))
    assert found["How much?"][1] == "100"
    assert "Deliver" in found["What kind of term is it?"][1]


def test_two_new_terms_written_at_once_are_both_kept(cast: Cast) -> None:
    draft = make_draft(cast)
    client, path = as_person(cast.mediator), page(cast, "add_obligation")
    mine = obligation_fields(draft, description="The second of two")
    client.post(path, obligation_fields(draft, description="The first of two"))
    assert "The second of two" in client.post(path, mine).content.decode()
    once_more(client, path, mine, draft)
    said = [one.description for one in draft_terms(fresh(draft)).obligations]
    assert said[-2:] == ["The first of two", "The second of two"]


def test_a_term_taken_out_while_another_writes_it_comes_back_only_if_saved_again(
    cast: Cast,
) -> None:
    draft = make_draft(cast)
    client, path = as_person(cast.mediator), page(cast, "edit_obligation", obligation_id="o1")
    mine = obligation_fields(draft, description="Still being written")
    drafting.remove_obligation(
        actor=cast.mediator, settlement=draft, edition=draft.edition, obligation_id=PAYMENT.id
    )
    answer = client.post(path, mine)
    assert answer.status_code == 200
    assert "Still being written" in answer.content.decode()
    assert client.get(path).status_code == 404
    assert "o1" not in {one.id for one in draft_terms(fresh(draft)).obligations}
    once_more(client, path, mine, draft)
    assert "o1" in {one.id for one in draft_terms(fresh(draft)).obligations}


@pytest.mark.parametrize("who", ["party", "guarantor"])
def test_the_other_forms_keep_what_was_typed_too(cast: Cast, who: str) -> None:
    draft = make_draft(cast)
    paths = {
        "party": (
            page(cast, "edit_party", party_id="A"),
            {"edition": draft.edition, "kind": "organisation", "representative": "Zoe Typed"},
        ),
        "guarantor": (page(cast, "add_guarantor"), guarantor_fields(draft, name="Zoe Typed")),
    }
    path, typed = paths[who]
    client = as_person(cast.mediator)
    client.post(page(cast, "draft"), draft_fields(draft))
    answer = client.post(path, typed)
    assert answer.context["form"].is_stale
    assert "You typed: Zoe Typed" in text_of(answer)
    assert 'value="Zoe Typed"' in answer.content.decode()


def test_a_save_between_the_look_and_the_write_is_no_error_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other save comes after the form was found in order, and before ours is written."""
    draft = make_draft(cast)
    real, calls = drafting.save_draft, []

    def after_another(**given: Any) -> Settlement:
        if not calls:
            calls.append(1)
            real(**{**given, "changes": {"costs_clause": "The other was quicker."}})
        return real(**given)

    monkeypatch.setattr(drafting, "save_draft", after_another)
    typed = draft_fields(draft, costs_clause="I was slower.")
    answer = as_person(cast.mediator).post(page(cast, "draft"), typed)
    assert answer.status_code == 200
    assert "I was slower." in answer.content.decode()
    assert draft_terms(fresh(draft)).costs_clause == "The other was quicker."
