// Amounts and days as the document prints them. Does what money.py and `day` in sheet.py do.

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/** `CNY 12,000.00`, or `12,000.00 元（人民币壹万贰仟元整）` in Chinese about yuan. */
export function amountText(amount, currency, language, minorDigits) {
  const figures = figuresOf(amount, minorDigits[currency] ?? 2);
  if (language === "zh-hans" && currency === "CNY") return `${figures} 元（人民币${capitals(amount)}）`;
  return `${currency} ${figures}`;
}

function figuresOf(amount, minor) {
  const [, sign, whole, cents = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  const exact = cents.replace(/0+$/, "");
  const shown = exact.padEnd(Math.max(minor, exact.length), "0");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}${grouped}${shown ? `.${shown}` : ""}`;
}

/** `壹万贰仟元伍角` for 12000.50, below 10^16 yuan. */
export function capitals(amount) {
  const [, whole, cents = ""] = /^(\d+)(?:\.(\d+))?$/.exec(amount);
  const [yuan, jiao, fen] = split(BigInt(whole), rounded(cents));
  const text = yuan ? `${capitalInteger(yuan)}元` : "";
  if (!jiao && !fen) return `${text || "零元"}整`;
  const tenths = jiao ? `${DIGITS[jiao]}角` : text && "零";
  return text + tenths + (fen ? `${DIGITS[fen]}分` : "整");
}

/** Hundredths, rounded half to even as Python's decimals are. */
function rounded(cents) {
  const four = Number(cents.padEnd(4, "0"));
  const [down, rest] = [Math.floor(four / 100), four % 100];
  return down + (rest > 50 || (rest === 50 && down % 2 === 1) ? 1 : 0);
}

function split(whole, hundredths) {
  const yuan = whole + BigInt(Math.floor(hundredths / 100));
  const left = hundredths % 100;
  return [yuan, Math.floor(left / 10), left % 10];
}

function capitalInteger(number) {
  const [high, low] = [number / 100_000_000n, Number(number % 100_000_000n)];
  if (!high) return belowYi(low);
  const tail = low ? belowYi(low) : "";
  return `${belowYi(Number(high))}亿${tail && low < 10_000_000 ? "零" : ""}${tail}`;
}

function belowYi(number) {
  const [high, low] = [Math.floor(number / 10_000), number % 10_000];
  if (!high) return group(low);
  const tail = low ? group(low) : "";
  return `${group(high)}万${tail && low < 1000 ? "零" : ""}${tail}`;
}

function group(number) {
  const digits = String(number).padStart(4, "0");
  let text = "";
  let above = null;
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Number(digits[3 - place]);
    if (!digit) continue;
    text += (above !== null && above - place > 1 ? "零" : "") + DIGITS[digit] + PLACES[place];
    above = place;
  }
  return text;
}

/** `22 November 2026` or `2026年11月22日`, by the pattern of the wording. */
export function dayText(day, pattern) {
  const [year, month, date] = day.split("-").map(Number);
  const parts = { MMMM: MONTHS[month - 1], M: month, d: date, y: year };
  return pattern.replace(/MMMM|M|d|y/g, (name) => parts[name]);
}
