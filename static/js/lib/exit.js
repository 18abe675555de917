// Hiding the page leaves nothing of the visit in this tab, not even what is sealed.

const HIDDEN = "govuk-exit-this-page-hide-content"; // GOV.UK Frontend sets it, for button and key

export function isHiding() {
  return document.body.classList.contains(HIDDEN);
}

addEventListener("pagehide", () => isHiding() && sessionStorage.clear());
