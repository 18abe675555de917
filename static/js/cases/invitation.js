// The link's secret is behind the "#", which browsers do not send. Put it into the form and send
// that, and take it out of the address bar.
const form = document.querySelector("[data-med-invitation]");
const secret = window.location.hash.slice(1);
if (form && /^[0-9a-f]{64}$/.test(secret)) {
  window.history.replaceState(null, "", window.location.pathname);
  form.elements.namedItem("secret").value = secret;
  form.requestSubmit();
}
