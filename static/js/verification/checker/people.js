// Who a certificate says somebody is, and in which part they sign.

import { fromBER } from "../../../vendor/pkijs/pkijs.js";
import { partsOf, rawOf } from "./cms.js";
import { hexadecimal } from "./envelope.js";

const COMMON_NAME = "2.5.4.3";
const ORGANISATION = "2.5.4.10";
// The full forms of names that the subject could not hold.
const FULL_NAME = "2.5.4.41";
const FULL_ORGANISATION = "2.5.4.13";
const ALTERNATIVES = "2.5.29.17";
const DIRECTORY_NAME = 4;
const POLICIES = "2.5.29.32";
const FIXED = { issue: "platform", seal: "center" };

/** The part in which the field of that name is signed. */
export function capacityOf(field) {
  if (Object.hasOwn(FIXED, field)) return FIXED[field];
  return field.startsWith("mediator-") ? "mediator" : "party";
}

/** Name, organisation, policy and notice of a certificate. */
export function personIn(certificate) {
  const names = new Map(
    [certificate.subject, ...alternativesIn(certificate)]
      .flatMap(({ typesAndValues }) => typesAndValues)
      .map(({ type, value }) => [type, value.valueBlock.value]),
  );
  return {
    name: names.get(FULL_NAME) || names.get(COMMON_NAME) || "",
    organisation: names.get(FULL_ORGANISATION) || names.get(ORGANISATION) || "",
    ...policyIn(certificate),
  };
}

/** The directory names among the alternative ones. */
function alternativesIn(certificate) {
  const extension = certificate.extensions?.find(({ extnID }) => extnID === ALTERNATIVES);
  const names = extension?.parsedValue?.altNames ?? [];
  return names.filter(({ type }) => type === DIRECTORY_NAME).map(({ value }) => value);
}

/** The first policy, as the bytes of its identifier in hexadecimal, and the notice it carries. */
function policyIn(certificate) {
  const extension = certificate.extensions?.find(({ extnID }) => extnID === POLICIES);
  if (!extension) return { policy: "", evidence: "" };
  const [first] = partsOf(fromBER(extension.extnValue.getValue()).result);
  const [identifier, qualifiers] = partsOf(first);
  const notice = qualifiers && partsOf(partsOf(qualifiers)[0])[1];
  const text = notice ? partsOf(notice).at(-1).valueBlock.value : "";
  return { policy: hexadecimal(rawOf(identifier)), evidence: String(text) };
}
