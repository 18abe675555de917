// Verdict and findings as the public page of an installation says them: a document of ours that was
// damaged until nothing in it can be read is still one of ours.

import { textOf } from "./pdf-syntax.js";

/** The report with `verdict` "genuine", "not_genuine" or "not_ours" so judged. */
export function judged(report, bytes) {
  const { verdict, findings } = report;
  if (verdict !== "not_ours" || findings.includes("issuer_unknown")) return report;
  if (carriesOurFields(textOf(bytes))) return { ...report, verdict: "not_genuine" };
  const unrecognised = findings.map((code) => (code === "unreadable" ? "unrecognised" : code));
  return { ...report, findings: unrecognised };
}

const carriesOurFields = (text) => text.includes("(issue)") && text.includes("/DocMDP");
