import assert from "node:assert/strict";
import test from "node:test";

import { amountText, capitals, dayText } from "./amounts.js";

const DIGITS = { JPY: 0, KWD: 3 };

test("amounts have the digits of their currency, and more where they are said", () => {
  const said = (amount, currency) => amountText(amount, currency, "en", DIGITS);
  assert.equal(said("9600.00", "CHF"), "CHF 9,600.00");
  assert.equal(said("12", "CHF"), "CHF 12.00");
  assert.equal(said("1234567.5", "KWD"), "KWD 1,234,567.500");
  assert.equal(said("1234000", "JPY"), "JPY 1,234,000");
  assert.equal(said("0.1250", "CHF"), "CHF 0.125");
  assert.equal(said("-1200.00", "CHF"), "CHF -1,200.00");
});

test("yuan are repeated in capitals in Chinese documents", () => {
  assert.equal(amountText("12000.50", "CNY", "zh-hans", DIGITS), "12,000.50 元（人民币壹万贰仟元伍角整）");
  assert.equal(amountText("12000.50", "CNY", "en", DIGITS), "CNY 12,000.50");
});

test("capitals are written as banks do", () => {
  const written = {
    "0": "零元整",
    "0.05": "伍分",
    "10.05": "壹拾元零伍分",
    "1001.20": "壹仟零壹元贰角整",
    "100100": "壹拾万零壹佰元整",
    "10000000000": "壹佰亿元整",
    "100000001": "壹亿零壹元整",
    "1000000000000": "壹万亿元整",
    "0.125": "壹角贰分",
    "0.135": "壹角肆分",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(written).map((one) => [one, capitals(one)])), written);
});

test("days are written by the pattern of the wording", () => {
  assert.equal(dayText("2026-12-05", "d MMMM y"), "5 December 2026");
  assert.equal(dayText("2026-12-05", "y年M月d日"), "2026年12月5日");
});
