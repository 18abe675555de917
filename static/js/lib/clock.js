// Tells the server the device's time zone for this visit, so that times are shown on the reader's own clock.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `timezone=${zone}; path=/; samesite=lax${secure}`;
}
