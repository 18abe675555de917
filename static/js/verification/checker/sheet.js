// Every text from the terms that the printed pages must show, in reading order. Does what
// `printed_values` in mediation/settlements/document/sheet.py does, with the same fixed wording.

import { amountText, dayText } from "./amounts.js";
import { slotsOf } from "./terms.js";

/** `data` has `wording` by language and `minorDigits` by currency. */
export function printedValues(terms, data) {
  const words = data.wording[terms.language];
  const told = { terms, words, day: (value) => dayText(value, words.date_format) };
  told.amount = (amount, currency) => amountText(amount, currency, terms.language, data.minorDigits);
  return [
    ...filled(terms.agreement_no, terms.case_ref, terms.dispute_type, supersededText(terms, words)),
    ...terms.parties.flatMap((party) => partyLines(party, words)),
    ...mediationLines(told),
    ...[terms.facts_summary, ...terms.issues],
    ...terms.obligations.flatMap((obligation) => obligationLines(obligation, told)),
    ...(terms.guarantors ?? []).flatMap((guarantor) => guarantorLines(guarantor, told)),
    ...[...terms.settles, ...terms.unresolved_items],
    ...keepingLines(terms, words),
    ...statementLines(terms.statements),
    ...slotsOf(terms).map(({ signer }) => signer),
  ];
}

const filled = (...lines) => lines.filter(Boolean);

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

function partyLines(party, words) {
  const speaker = party.representative;
  const who = speaker ? `${speaker.name}${words.comma}${words.authority[speaker.authority]}` : "";
  return [party.name, ...filled(who, speaker?.document, party.address, party.contact)];
}

function mediationLines({ terms, words, day }) {
  const { mediation_started_on: start, mediation_ended_on: end, center } = terms;
  const dates = [...new Set([start, end])].sort().map(day);
  const period = dates.length === 1 ? dates[0] : fill(words.period, { start: dates[0], end: dates[1] });
  const mediators = terms.mediators.map((one) => (one.reference ? fill(words.reference, one) : one.name));
  return filled(
    ...[center.name, center.registration_no, center.seat],
    ...[mediators.join(words.comma), period, terms.place_or_online],
  );
}

function obligationLines(obligation, told) {
  const { debtor, creditor, amount, currency, method, place, evidence } = obligation;
  return [
    obligation.description,
    ...filled(
      ...[partyName(told.terms, debtor), partyName(told.terms, creditor)],
      amount === null ? "" : told.amount(amount, currency),
      ...[dueText(obligation, told), method, place, evidence],
    ),
    ...obligation.instalments.flatMap((part) => [
      ...[String(part.seq), told.day(part.due_on), told.amount(part.amount, currency)],
    ]),
  ];
}

/** Throws when nobody is called so, as the check in Python does. */
function partyName({ parties }, id) {
  return parties.find((party) => party.id === id).name;
}

function dueText({ due_on: due, condition, instalments, kind }, { words, day }) {
  let days = due ? [day(due)] : [];
  if (instalments.length) days = [fill(words.due.instalments, { count: instalments.length })];
  return [...days, ...filled(condition)].join(words.comma) || (words.due[kind] ?? "");
}

function guarantorLines(guarantor, told) {
  const { address, amount, currency, document, name } = guarantor;
  const limit = amount === null ? told.words.up_to_all : told.amount(amount, currency);
  return [name, ...filled(address, guaranteedText(guarantor, told), limit, document)];
}

function guaranteedText(guarantor, { terms, words }) {
  const found = terms.obligations
    .map(({ id, debtor }, n) => ({ id, debtor, number: `4.${n + 1}` }))
    .filter(({ id }) => guarantor.obligations.includes(id));
  if (!found.length) return "";
  const owing = [...new Set(found.map(({ debtor }) => partyName(terms, debtor)))];
  const numbers = found.map(({ number }) => number).join(words.list_comma);
  return fill(words.guaranteed, { names: owing.join(words.list_comma), numbers });
}

function keepingLines(terms, words) {
  return filled(
    ...[words.effective[terms.effective_rule], coolingOffText(terms, words)],
    ...[terms.default_clause, terms.costs_clause],
    ...[terms.governing_law, words.enforcement[terms.enforcement]],
  );
}

function coolingOffText({ cooling_off_days: days }, words) {
  return days ? fill(words.cooling_off[days === 1 ? "one" : "more"], { days }) : "";
}

function supersededText({ supersedes }, words) {
  if (!supersedes) return "";
  const sha256 = supersedes.sha256.replace(/.{8}(?=.)/gs, "$& ");
  return fill(words.superseded, { number: supersedes.agreement_no, sha256 });
}

function statementLines(said) {
  return filled(
    ...[said.voluntariness, said.legal_advice, said.no_third_party_harm],
    ...[said.confidentiality, said.non_admission, said.binding],
  );
}
