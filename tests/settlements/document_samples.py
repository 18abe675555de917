"""Complete terms in both languages for the document tests: a work dispute and a building one."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from math import sin
from pathlib import Path

from django.conf import settings

from mediation.settlements.document.drawing import Drawing
from mediation.settlements.document.fonts import typeface
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import PlatformAuthority, open_authority
from mediation.settlements.document.render import Cover, render
from mediation.settlements.document.signing import (
    Evidence,
    Look,
    Signer,
    issue,
    seal,
    sign_as,
)
from mediation.settlements.document.terms import (
    Authority,
    EffectiveRule,
    Enforcement,
    Instalment,
    Language,
    MediationCenter,
    Mediator,
    Obligation,
    ObligationKind,
    Party,
    PartyKind,
    PartyRole,
    Representative,
    Scope,
    Slot,
    Statements,
    Terms,
    signing_slots,
)
from mediation.settlements.document.timestamps import TimeSource, embedded_time

FACE = typeface(Path(settings.BASE_DIR) / "static" / "vendor" / "fonts")
PREPARED_AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def cover(terms: Terms) -> Cover:
    """A cover with an address of the usual length."""
    token = terms.agreement_no.lower()
    return Cover(verify_url=f"https://mediation.example.org/check/{token}", prepared_at=PREPARED_AT)


def english_terms(**changes: object) -> Terms:
    """Ms Keller and a renovation firm: money in parts, work to do, a waiver."""
    terms = Terms(
        agreement_no="LV-2026-0148",
        case_ref="LV/2026/0391",
        profile="generic",
        language=Language.ENGLISH,
        dispute_type="Renovation contract",
        mediation_started_on=date(2026, 10, 28),
        mediation_ended_on=date(2026, 11, 19),
        place_or_online="Online, by video and in writing",
        parties=(
            Party(
                id="A",
                role=PartyRole.APPLICANT,
                name="Hannah Keller",
                kind=PartyKind.PERSON,
                address="14 Lindengasse, 8001 Zürich",
                contact="hannah.keller@example.org",
            ),
            Party(
                id="B",
                role=PartyRole.RESPONDENT,
                name="Moreau & Söhne Renovation Ltd",
                kind=PartyKind.ORGANISATION,
                address="3 Quai du Mont-Blanc, 1201 Genève",
                contact="office@moreau.example",
                representative=Representative(name="Luc Moreau", authority=Authority.LEGAL),
            ),
        ),
        mediators=(Mediator(name="Dr Amara Osei", reference="M-2041"),),
        center=MediationCenter(
            name="Lakeside Mediation Centre",
            registration_no="CHE-114.220.915",
            seat="Zürich",
        ),
        facts_summary=(
            "In March 2026 Ms Keller ordered the renovation of her kitchen for CHF 48,500. The "
            "work was handed over on 12 June 2026. The worktop showed two cracks and the extractor "
            "hood was not connected. Ms Keller held back the last part of the price."
        ),
        issues=(
            "Whether the cracks in the worktop come from the material or from the fitting",
            "How much of the price is still to be paid, and when",
        ),
        obligations=_english_obligations(),
        settles=("All claims between the parties from the renovation contract of 4 March 2026",),
        scope=Scope.FULL,
        statements=Statements(
            voluntariness=(
                "Each party enters into this agreement of its own free will and knew that it "
                "could leave the mediation at any time."
            ),
            legal_advice="Each party had the opportunity to take legal advice before signing.",
            no_third_party_harm=(
                "To the parties' knowledge this agreement harms no third person and no public "
                "interest."
            ),
            confidentiality=(
                "What was said in the mediation stays confidential. This agreement may be shown "
                "to a court or an authority where that is needed to carry it out."
            ),
            non_admission="Nobody admits fault or liability by signing.",
        ),
        enforcement=Enforcement.NONE,
        effective_rule=EffectiveRule.LAST_PARTY_SIGNATURE,
        governing_law="Swiss law",
        default_clause="If a payment is more than 10 days late, the whole rest falls due at once.",
        costs_clause="Each party bears its own costs. The mediation is free of charge.",
    )
    return replace(terms, **changes)


def _english_obligations() -> tuple[Obligation, ...]:
    return (
        Obligation(
            id="o1",
            debtor="B",
            creditor="A",
            kind=ObligationKind.DO,
            description=(
                "Replace the cracked worktop by one of the same granite, without charge, and "
                "connect the extractor hood to the outside duct."
            ),
            due_on=date(2026, 12, 18),
            method="By the firm's own fitters, on a weekday between 8:00 and 17:00",
            place="14 Lindengasse, Zürich",
        ),
        Obligation(
            id="o2",
            debtor="A",
            creditor="B",
            kind=ObligationKind.PAY,
            description="Pay the rest of the agreed price.",
            amount=Decimal("9600.00"),
            currency="CHF",
            condition="each part only while the work under 4.1 is not overdue",
            method="Bank transfer to the account on invoice 2026-117",
            instalments=(
                Instalment(seq=1, due_on=date(2026, 12, 31), amount=Decimal("3200.00")),
                Instalment(seq=2, due_on=date(2027, 1, 31), amount=Decimal("3200.00")),
                Instalment(seq=3, due_on=date(2027, 2, 28), amount=Decimal("3200.00")),
            ),
        ),
        Obligation(
            id="o3",
            debtor="B",
            creditor="A",
            kind=ObligationKind.WAIVE,
            description="Give up interest on the late part of the price, and the reminder fees.",
        ),
    )


def chinese_terms(**changes: object) -> Terms:
    """Wages owed by a company, for judicial confirmation."""
    terms = Terms(
        agreement_no="和民调字〔2026〕第0148号",
        case_ref="HY-2026-0391",
        profile="cn-people",
        language=Language.CHINESE,
        dispute_type="劳务合同纠纷",
        mediation_started_on=date(2026, 10, 28),
        mediation_ended_on=date(2026, 11, 19),
        place_or_online="在线（视频与文字）",
        parties=(
            Party(
                id="A",
                role=PartyRole.APPLICANT,
                name="欧阳雪梅",
                kind=PartyKind.PERSON,
                address="杭州市西湖区文三路100号3幢2单元501室",
                contact="138 0000 0000",
            ),
            Party(
                id="B",
                role=PartyRole.RESPONDENT,
                name="杭州锦程装饰工程有限公司",
                kind=PartyKind.ORGANISATION,
                address="杭州市余杭区五常大道88号",
                contact="0571-0000 0000",
                representative=Representative(name="张伟", authority=Authority.LEGAL),
            ),
        ),
        mediators=(Mediator(name="李静", reference="浙调2041"),),
        center=MediationCenter(
            name="杭州市西湖区和议人民调解委员会",
            registration_no="浙杭西司调〔2021〕17号",
            seat="杭州市西湖区",
        ),
        facts_summary=(
            "2026年3月至6月，欧阳雪梅在杭州锦程装饰工程有限公司承接的厨房改造工程中提供油漆劳务。"
            "工程于2026年6月12日交付使用，双方确认劳务报酬总额为人民币36,000元，公司已支付12,000元，"
            "余款24,000元未付。公司认为部分墙面存在返工问题。"
        ),
        issues=("余款数额及支付时间", "部分墙面返工费用由谁承担"),
        obligations=(
            Obligation(
                id="o1",
                debtor="B",
                creditor="A",
                kind=ObligationKind.PAY,
                description="支付劳务报酬余款。",
                amount=Decimal("23000.50"),
                currency="CNY",
                method="银行转账至欧阳雪梅本人账户",
                instalments=(
                    Instalment(seq=1, due_on=date(2026, 12, 10), amount=Decimal("13000.00")),
                    Instalment(seq=2, due_on=date(2027, 1, 10), amount=Decimal("10000.50")),
                ),
            ),
            Obligation(
                id="o2",
                debtor="A",
                creditor="B",
                kind=ObligationKind.DO,
                description="对餐厅北侧墙面重新涂刷一遍，材料由公司提供。",
                due_on=date(2026, 12, 5),
                method="上门施工",
                place="杭州市余杭区五常大道88号样板间",
            ),
            Obligation(
                id="o3",
                debtor="A",
                creditor="B",
                kind=ObligationKind.WAIVE,
                description="放弃逾期付款利息的请求。",
            ),
        ),
        settles=("双方因2026年3月至6月劳务关系产生的全部争议",),
        scope=Scope.FULL,
        statements=Statements(
            voluntariness="各方自愿达成本协议，并知悉可以随时退出调解。",
            legal_advice="各方在签名前均有机会寻求法律帮助。",
            no_third_party_harm="本协议不损害国家利益、社会公共利益和第三人的合法权益。",
            confidentiality="调解过程中的陈述予以保密；为履行或者确认本协议，可以向法院或者有关机关出示本协议。",
        ),
        enforcement=Enforcement.JUDICIAL_CONFIRMATION,
        effective_rule=EffectiveRule.ALL_SIGNATURES_AND_SEAL,
        default_clause="任一期逾期超过十日的，剩余款项一并到期。",
    )
    return replace(terms, **changes)


PASSPHRASE = "a passphrase for tests only"
EVIDENCE = Evidence(
    method="E-mail code and fresh sign-in",
    at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    record_sha256="5e" * 32,
)


# A wave, a dot and a line underneath.
SCRAWL = Drawing(
    (
        tuple((20 + 3 * n, 60 + round(34 * sin(n / 5) * (1 - n / 120))) for n in range(100)),
        ((330, 22),),
        ((10, 118), (340, 104)),
    )
)


@cache
def authority() -> PlatformAuthority:
    """One authority for a whole test process."""
    folder = Path(settings.VAR_DIR) / f"document-pki-{os.getpid()}"
    return open_authority(folder, keys=FileKeys(PASSPHRASE), operator="Lakeside")


@cache
def time_source() -> TimeSource:
    """The authority's own time stamper."""
    ours = authority()
    return embedded_time(ours.time_stamper, [ours.signing.certificate])


def issued(terms: Terms) -> bytes:
    """The certified document, unsigned."""
    base = render(terms, cover=cover(terms), face=FACE)
    return issue(base, authority=authority(), time=time_source())


def signed(pdf: bytes, terms: Terms, slot: Slot, drawing: Drawing | None = None) -> bytes:
    """`pdf` signed in `slot` by whom the terms name, as drawn if there is a drawing."""
    return sign_as(
        pdf,
        signer=Signer(field=slot.field, who=slot.signer, organisation=slot.organisation),
        evidence=EVIDENCE,
        authority=authority(),
        time=time_source(),
        look=Look(FACE, terms.language, drawing),
    )


def signed_by_all(terms: Terms) -> bytes:
    """Everybody's signature, but no seal yet."""
    pdf = issued(terms)
    for slot in signing_slots(terms):
        pdf = signed(pdf, terms, slot)
    return pdf


def sealed_over(pdf: bytes, terms: Terms) -> bytes:
    """`pdf` with seal and archive time stamp."""
    look = Look(FACE, terms.language)
    return seal(pdf, center=terms.center.name, authority=authority(), time=time_source(), look=look)


@cache
def sealed(language: Language) -> bytes:
    """The finished sample in `language`."""
    terms = SAMPLES[language]()
    return sealed_over(signed_by_all(terms), terms)


@cache
def sealed_as_drawn(language: Language) -> bytes:
    """The finished sample, in which everybody but the first drew their signature."""
    terms = SAMPLES[language]()
    first, *others = signing_slots(terms)
    pdf = signed(issued(terms), terms, first)
    for slot in others:
        pdf = signed(pdf, terms, slot, SCRAWL)
    return sealed_over(pdf, terms)


SAMPLES = {Language.ENGLISH: english_terms, Language.CHINESE: chinese_terms}
