// Makes a passkey, or asks for one, and sends what it says with the form it belongs to. Where there
// are none, or without this script, the page keeps to codes by e-mail.
import { readOptions, writeCredential } from "./binary.js";

function start(form) {
  if (!canHave(form.dataset.medDomain)) return;
  const part = (name) => form.querySelector(`[data-med-passkey-${name}]`);
  for (const unable of document.querySelectorAll("[data-med-passkey-unable]")) unable.hidden = true;
  form.hidden = false;
  if (part("part")) part("part").hidden = false;
  // One button stands out: the passkey's, where there can be one.
  part("other")?.querySelector("button").classList.add("govuk-button--secondary");
  part("ask").addEventListener("click", () => ask(form, part("ask"), part("status")));
}

/** A passkey belongs to a name; pages opened by another one, or by a number, have none. */
function canHave(domain) {
  const here = window.location.hostname;
  return Boolean(window.PublicKeyCredential) && (here === domain || here.endsWith(`.${domain}`));
}

/** The name comes first: a passkey made for a form that is refused would stay on the device. */
function unfilled(form) {
  return [...form.querySelectorAll("[data-med-passkey-first] input")].find((box) => !box.value.trim());
}

async function ask(form, button, status) {
  const box = unfilled(form);
  if (box) {
    status.textContent = form.dataset.medUnnamed;
    box.focus();
    return;
  }
  button.disabled = true;
  status.textContent = form.dataset.medWaiting;
  try {
    const publicKey = readOptions(await options(form));
    const credential = await navigator.credentials[form.dataset.medPasskey]({ publicKey });
    form.elements.answer.value = JSON.stringify(writeCredential(credential));
    form.submit();
  } catch {
    status.textContent = form.dataset.medFailed; // the browser does not say why, on purpose
    button.disabled = false;
  }
}

async function options(form) {
  const fields = new URLSearchParams();
  for (const name of ["csrfmiddlewaretoken", "document_sha256"]) {
    if (form.elements[name]) fields.set(name, form.elements[name].value);
  }
  const request = { method: "POST", body: fields, credentials: "same-origin" };
  const answer = await fetch(form.dataset.medOptions, request);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

for (const form of document.querySelectorAll("[data-med-passkey]")) start(form);
