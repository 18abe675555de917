"""The samples with what few documents have: guarantors, time to think, names from the right."""

from dataclasses import replace

from mediation.settlements.document.terms import (
    Authority,
    Guarantor,
    Mediator,
    PartyKind,
    Representative,
    Superseded,
)


def with_guarantor_and_time(sample):
    """All that schema 3 added."""
    terms = sample()
    payment = next(one for one in terms.obligations if one.amount is not None)
    guarantor = Guarantor(
        id="g1",
        name="Rosa Keller 凯勒",
        obligations=(terms.obligations[0].id, payment.id),
        amount=payment.amount,
        currency=payment.currency,
        address="3 Seeweg, 8002 Zürich",
        document="Written guarantee of 3 November 2026",
    )
    earlier = Superseded(agreement_no="LV-2025-0001", sha256="0123abcd" * 8)
    return replace(terms, guarantors=(guarantor,), cooling_off_days=3, supersedes=earlier)


def with_names_from_the_right(sample):
    """People, a firm and a centre whose names are in Arabic, Hebrew, Persian and Uyghur, alone and
    beside other letters, digits and signs.
    """
    terms = sample()
    first, second = terms.parties
    payment = next(one for one in terms.obligations if one.amount is not None)
    return replace(
        terms,
        parties=(
            replace(first, name="محمد عبد الله الأنصاري", address="شارع الملك فيصل 12"),
            replace(
                second,
                name='כהן-לוי שיפוצים בע"מ',
                kind=PartyKind.ORGANISATION,
                representative=Representative(
                    name="ד״ר שרה א. כהן", authority=Authority.SPECIAL, document="ייפוי כוח, 7/26"
                ),
            ),
        ),
        mediators=(
            Mediator(name="پژمان گوهری", reference="M-2041"),
            Mediator(name="ئابدۇللا ئۇيغۇر", reference="Nr 7-م"),
            Mediator(name="Leyla لآلئ فلأن"),
        ),
        center=replace(terms.center, name="מרכז הגישור (Haifa)"),
        facts_summary=(
            "Bo 欧 paid 300 to محمد, لوی and אבן. ישראל (Ltd) paid 48,500.\nيوسف said so."
        ),
        settles=("All claims of يوسف 12", "لا"),
        guarantors=(
            Guarantor(
                id="g1", name="Josef יוסף אבן", obligations=(payment.id,), document="ערבות 2026"
            ),
        ),
    )
