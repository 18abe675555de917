"""What changed between two versions: every word people would read differently, and nothing else."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from mediation.settlements.document.comparison import Kind, compare, word_changes
from mediation.settlements.document.sheet import printed_values
from mediation.settlements.document.terms import Enforcement, ObligationKind, Scope
from tests.settlements.document_samples import chinese_terms, english_terms


def words(change, *kinds):
    return "".join(one.text for one in change.words if one.kind in kinds)


def old(change):
    return words(change, Kind.KEPT, Kind.REMOVED)


def new(change):
    return words(change, Kind.KEPT, Kind.ADDED)


def with_terms(terms, *obligations):
    return replace(terms, obligations=obligations)


def test_the_same_text_has_no_changes():
    assert compare(english_terms(), english_terms()) == ()


def test_one_changed_word_is_one_word():
    terms = english_terms()
    first, *others = terms.obligations
    moved = with_terms(terms, replace(first, due_on=date(2026, 12, 19)), *others)
    (change,) = compare(terms, moved)
    assert change.label == "4.1 Action: By when"
    assert words(change, Kind.REMOVED) == "18"
    assert words(change, Kind.ADDED) == "19"


def test_chinese_is_compared_character_by_character():
    terms = chinese_terms()
    changed = replace(terms, default_clause="任一期逾期超过二十日的，剩余款项一并到期。")
    (change,) = compare(terms, changed)
    assert words(change, Kind.ADDED) == "二"
    assert words(change, Kind.REMOVED) == ""


def test_an_amount_shows_in_figures_and_in_capitals():
    terms = chinese_terms()
    first, *others = terms.obligations
    parts = (first.instalments[0], replace(first.instalments[1], amount=Decimal("10000.00")))
    less = replace(first, amount=Decimal("23000.00"), instalments=parts)
    changes = compare(terms, with_terms(terms, less, *others))
    assert len(changes) == 2  # the sum, and the table of its parts
    assert "角" in old(changes[0])
    assert "角" not in new(changes[0])


def test_a_term_that_was_taken_out_is_struck_through_and_the_others_get_other_numbers():
    terms = english_terms()
    _first, second, third = terms.obligations
    changes = compare(terms, with_terms(terms, second, third))
    renumbered = [(old(one), new(one)) for one in changes if new(one)]
    assert renumbered == [("4.2 Payment", "4.1 Payment"), ("4.3 Waiver", "4.2 Waiver")]
    gone = "\n".join(old(one) for one in changes if not new(one))
    assert "Replace the cracked worktop" in gone


def test_terms_that_change_places_or_their_kind_are_no_secret():
    terms = english_terms()
    first, second, third = terms.obligations
    assert len(compare(terms, with_terms(terms, first, third, second))) == 2
    other = replace(third, kind=ObligationKind.DO, due_on=date(2027, 1, 1))
    changes = compare(terms, with_terms(terms, first, second, other))
    assert ("4.3 Waiver", "4.3 Action") in [(old(one), new(one)) for one in changes]


def test_a_new_term_is_all_new():
    terms = english_terms()
    more = replace(terms.obligations[2], id="o9", description="Send the key back.")
    changes = compare(terms, with_terms(terms, *terms.obligations, more))
    assert {old(change) for change in changes} == {""}
    assert [new(one) for one in changes[:2]] == ["4.4 Waiver", "Send the key back."]


def test_whatever_is_printed_differently_is_listed():
    """No change may hide: each value only the new text has is in some change."""
    terms = english_terms()
    changed = replace(
        terms,
        facts_summary="Something else happened.",
        issues=("One point",),
        settles=("One claim",),
        scope=Scope.PARTIAL,
        unresolved_items=("The rest",),
        default_clause="",
        costs_clause="Ms Keller pays.",
        governing_law="",
        enforcement=Enforcement.NOTARY,
        statements=replace(terms.statements, non_admission="", binding="It binds."),
        place_or_online="In Zürich",
    )
    said = "\n".join(new(change) for change in compare(terms, changed))
    fresh = set(printed_values(changed)) - set(printed_values(terms))
    assert len(fresh) > 6
    assert [value for value in fresh if value not in said] == []


@given(some.text(max_size=80), some.text(max_size=80))
def test_both_texts_can_be_read_out_of_a_change(was, now):
    found = list(word_changes(was, now))
    assert "".join(one.text for one in found if one.kind is not Kind.ADDED) == was
    assert "".join(one.text for one in found if one.kind is not Kind.REMOVED) == now
