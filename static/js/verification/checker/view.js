// The report as elements of the page. Text goes in as text: nothing out of a file becomes markup.

const SHOWN_FACTS = ["agreement_no", "case_number", "centre", "sealed_at", "root_sha256"];

/** An element with a class, if any, and children (text or elements). */
function made(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const list = (items) => made("ul", "", ...items.map((item) => made("li", "", ...[item].flat())));

/** Everything the report says, in the words of one language. */
export function reportElements(report, words) {
  const isGenuine = report.verdict === "genuine";
  return [
    made(
      "div",
      `verdict verdict--${report.verdict}`,
      made("h2", "", words.verdicts[report.verdict]),
      made("p", "", words.advice[report.verdict]),
    ),
    ...foundElements(report, words),
    factElements(report, words, isGenuine),
    ...(isGenuine ? signerElements(report, words) : []),
    ...(isGenuine ? [made("h3", "", words.checked_title), list(words.checked)] : []),
  ];
}

function foundElements({ findings }, words) {
  if (!findings.length) return [];
  const items = findings.map((code) => [words.findings[code], " ", made("code", "", code)]);
  return [made("h3", "", words.found_title), list(items)];
}

function factElements(report, words, isGenuine) {
  const rows = [[words.name, report.name], ["SHA-256", made("code", "", report.sha256)]];
  const facts = factsIn(report, words);
  for (const name of isGenuine ? SHOWN_FACTS : ["root_sha256"]) {
    if (facts[name]) rows.push([words.facts[name], facts[name]]);
  }
  return made("dl", "", ...rows.flatMap(([key, value]) => [made("dt", "", key), made("dd", "", value)]));
}

function factsIn({ terms, archivedAt, rootSha256 }, words) {
  return {
    agreement_no: terms?.agreement_no,
    case_number: terms?.case_ref,
    centre: terms?.center.name,
    sealed_at: archivedAt && moment(archivedAt, words),
    root_sha256: rootSha256 && made("code", "", rootSha256),
  };
}

function signerElements({ signers }, words) {
  const items = signers.map((one) => {
    const isSeal = one.capacity === "platform" || one.capacity === "center";
    const name = isSeal ? (words.seals[one.name] ?? one.name) : one.name;
    // Apart, for a name may be written from the right and pull the digits beside it to its other side.
    const names = [name, one.organisation].filter(Boolean).map((text) => made("bdi", "", text));
    const told = [words.parts[one.capacity], moment(one.signedAt, words)].filter(Boolean);
    const line = [...names, ...told].flatMap((part, n) => (n ? [words.comma, part] : [part]));
    return one.evidence ? [...line, made("p", "soft", one.evidence)] : line;
  });
  return [made("h3", "", words.signers_title), list(items)];
}

function moment(date, { tag }) {
  const how = { dateStyle: "long", timeStyle: "medium", hourCycle: "h23", timeZone: "UTC" };
  return `${new Intl.DateTimeFormat(tag, how).format(date)} UTC`;
}
