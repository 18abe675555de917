"""Amounts as people read them: ISO 4217 currencies, grouped digits, Chinese capital numerals."""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise

from babel.core import get_global
from babel.numbers import format_decimal, get_currency_precision

from mediation.settlements.document.terms import Language

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
FOUR_DIGITS = 1000


@cache
def current_currencies() -> frozenset[str]:
    """ISO 4217 codes that are legal tender somewhere today, from the CLDR tables Babel ships."""
    return frozenset(
        code
        for entries in get_global("territory_currencies").values()
        for code, _start, end, tender in entries
        if tender and (end is None or date(*end) > date(2026, 1, 1))
    )


def minor_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for CNY, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def amount_text(amount: Decimal, currency: str, language: Language) -> str:
    """`CNY 12,000.00`, or `12,000.00 元（人民币壹万贰仟元整）` in Chinese documents about yuan."""
    figures = _figures(amount, currency)
    if language is Language.CHINESE and currency == "CNY":
        return f"{figures} 元（人民币{chinese_capitals(amount)}）"
    return f"{currency} {figures}"


def _figures(amount: Decimal, currency: str) -> str:
    decimals = max(minor_digits(currency), -int(amount.normalize().as_tuple().exponent))
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(amount, format=pattern, locale="en", decimal_quantization=False)


def chinese_capitals(amount: Decimal) -> str:
    """`壹万贰仟元伍角` for 12000.50: the capital form of 支付结算办法 annex 1, below 10^16 yuan."""
    cents = int((amount * 100).to_integral_value())
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    whole = f"{_capital_integer(yuan)}元" if yuan else ""
    if not jiao and not fen:
        return f"{whole or '零元'}整"
    tenths = f"{DIGITS[jiao]}角" if jiao else ("零" if whole else "")
    return whole + tenths + (f"{DIGITS[fen]}分" if fen else "整")


def _capital_integer(number: int) -> str:
    # 10^8 has a word of its own: 万亿 is "ten thousand hundred-millions", so split there first.
    high, low = divmod(number, 10**8)
    if not high:
        return _capital_below_yi(low)
    tail = _capital_below_yi(low) if low else ""
    return f"{_capital_below_yi(high)}亿{'零' if tail and low < 10**7 else ''}{tail}"


def _capital_below_yi(number: int) -> str:
    high, low = divmod(number, 10_000)
    if not high:
        return _capital_group(low)
    tail = _capital_group(low) if low else ""
    return f"{_capital_group(high)}万{'零' if tail and low < FOUR_DIGITS else ''}{tail}"


def _capital_group(group: int) -> str:
    digits = [group // 1000, group // 100 % 10, group // 10 % 10, group % 10]
    shown = [(place, digit) for place, digit in zip((3, 2, 1, 0), digits, strict=True) if digit]
    text = DIGITS[shown[0][1]] + PLACES[shown[0][0]]
    for (above, _), (place, digit) in pairwise(shown):
        text += ("零" if above - place > 1 else "") + DIGITS[digit] + PLACES[place]
    return text
