"""Forty settlements of every shape: both languages, 1 to 30 obligations, 2 to 6 signers, long
names and short ones, from the left and from the right, parts and conditions, many currencies. The
same number gives the same terms.
"""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from mediation.settlements.document.right_to_left import JOINING, RUN
from mediation.settlements.document.terms import (
    Authority,
    Instalment,
    Language,
    Mediator,
    Obligation,
    ObligationKind,
    Party,
    PartyKind,
    PartyRole,
    Representative,
    Scope,
    Terms,
)
from tests.settlements.document_samples import SAMPLES

COUNT = 40
CURRENCIES = ("CNY", "EUR", "USD", "CHF", "JPY", "GBP", "KWD")
MINOR = {"JPY": 0, "KWD": 3}
NAMES = {
    Language.ENGLISH: (
        "Ana Núñez-O’Connor",
        "Jürgen Weiß",
        "Łukasz Żółć",
        "Nguyễn Thị Minh Khai",
        "Ольга Сергеевна Иванова",
        "Αλέξανδρος Παπαδόπουλος",
        "Bo",
        "שרה א. כהן-לוי",
        "محمد عبد الله الأنصاري",
    ),
    Language.CHINESE: (
        "欧阳娜娜",
        "李雷",
        "阿依古丽·买买提",
        "司马相如",
        "韩梅梅",
        "王 Smith 小明",
        "陈",
        "ئابدۇللا ئۇيغۇر",
        "پژمان گوهری",
    ),
}
LONG = {
    Language.ENGLISH: "Confederation of Lakeside Renovation, Roofing and Restoration Craftsmen and "
    "Craftswomen, Registered Cooperative with Limited Liability",
    Language.CHINESE: "杭州市西湖区锦程建筑装饰工程技术咨询服务有限责任公司第三分公司工会委员会",
}
WORDS = {
    Language.ENGLISH: (
        "Repair the worktop with the same stone, without visible seams, and connect the hood.",
        "Hand over the keys, the warranty papers and the drawings of the electric wiring.",
        "Make no noise above 45 dB between ten in the evening and seven in the morning.",
    ),
    Language.CHINESE: (
        "用同一批石材更换开裂的台面，接缝平整，并接通抽油烟机。",
        "交付全部钥匙、保修凭证和电路图纸。",
        "每日二十二时至次日七时不得产生超过四十五分贝的噪声。",
    ),
}


def terms_of(number: int) -> Terms:
    """The terms with that number, 0 to 39."""
    rnd = random.Random(number)
    language = list(Language)[number % 2]
    people = 2 + number // 2 % 4
    parties = _parties(rnd, language, people)
    mediators = _mediators(rnd, language, 1 if people == 5 else 1 + number % 2)
    is_partial = number % 5 == 0
    return replace(
        SAMPLES[language](),
        agreement_no=f"M-2026-{number:04d}",
        parties=parties,
        mediators=mediators,
        obligations=tuple(
            _obligation(rnd, n, parties, language) for n in range(1, _how_many(number) + 1)
        ),
        scope=Scope.PARTIAL if is_partial else Scope.FULL,
        unresolved_items=WORDS[language][2:] if is_partial else (),
    )


def _how_many(number: int) -> int:
    """1 to 30, both ends included, the long ones few."""
    return (1, 2, 3, 5, 8, 13, 21, 30)[number // 5 % 8]


def _parties(rnd: random.Random, language: Language, count: int) -> tuple[Party, ...]:
    return tuple(
        _party(
            rnd,
            language,
            chr(ord("A") + n),
            PartyRole.APPLICANT if n == 0 else PartyRole.RESPONDENT,
        )
        for n in range(count)
    )


def _party(rnd: random.Random, language: Language, letter: str, role: PartyRole) -> Party:
    name = rnd.choice(NAMES[language])
    is_body = rnd.random() < 0.3
    acting = Representative(
        name=name, authority=rnd.choice((Authority.LEGAL, Authority.SPECIAL)), document="M-7"
    )
    return Party(
        id=letter,
        role=role,
        name=f"{LONG[language]} {letter}" if is_body else _told_apart(name, letter),
        kind=PartyKind.ORGANISATION if is_body else PartyKind.PERSON,
        address=rnd.choice(WORDS[language])[:40],
        contact=f"{letter.lower()}@example.org",
        representative=acting if is_body or rnd.random() < 0.2 else None,
    )


def _told_apart(name: str, mark: str) -> str:
    """The name with a mark after it; whoever signs is written from one side, so with a letter of
    the name's own script where that is written from the right.
    """
    if not RUN.fullmatch(name):
        return f"{name} {mark}"
    letters = sorted(set(name) - JOINING)
    return f"{name} {letters[ord(mark) % len(letters)]}"


def _mediators(rnd: random.Random, language: Language, count: int) -> tuple[Mediator, ...]:
    return tuple(
        Mediator(name=_told_apart(rnd.choice(NAMES[language]), str(n)), reference=f"M-{n}")
        for n in range(count)
    )


def _obligation(
    rnd: random.Random, number: int, parties: tuple[Party, ...], language: Language
) -> Obligation:
    debtor, creditor = rnd.sample([party.id for party in parties], 2)
    due = date(2027, 1, 1) + timedelta(days=rnd.randrange(700))
    if rnd.random() < 0.5:
        return _payment(rnd, f"o{number}", debtor, creditor, due)
    is_conditional = rnd.random() < 0.3
    return Obligation(
        id=f"o{number}",
        debtor=debtor,
        creditor=creditor,
        kind=rnd.choice((ObligationKind.DO, ObligationKind.DELIVER, ObligationKind.REFRAIN)),
        description=" ".join(rnd.choices(WORDS[language], k=rnd.randrange(1, 5))),
        due_on=None if is_conditional else due,
        condition=WORDS[language][1] if is_conditional else "",
        place="3 Quai du Mont-Blanc" if language is Language.ENGLISH else "西湖区文三路一号",
    )


def _payment(rnd: random.Random, ident: str, debtor: str, creditor: str, due: date) -> Obligation:
    currency = rnd.choice(CURRENCIES)
    step = Decimal(1).scaleb(-MINOR.get(currency, 2))
    part = (Decimal(rnd.randrange(1, 10_000_000)) * step).quantize(step)
    count = rnd.choice((0, 0, 2, 6, 12))
    instalments = tuple(
        Instalment(seq=n, due_on=due + timedelta(days=30 * n), amount=part)
        for n in range(1, count + 1)
    )
    return Obligation(
        id=ident,
        debtor=debtor,
        creditor=creditor,
        kind=ObligationKind.PAY,
        description="Bank transfer 银行转账",
        amount=part * max(count, 1),
        currency=currency,
        due_on=None if instalments else due,
        instalments=instalments,
        evidence="Receipt",
    )
