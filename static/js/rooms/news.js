// Tells of something new beside the talk (an offer, the settlement, a document) without saying what:
// a line above the messages that stays until it is closed, and a mark at the thing itself.

export function showMatters(root, connection, { me, names, words }) {
  const hint = root.querySelector("[data-med-hint]");
  const text = hint.querySelector("[data-med-hint-text]");
  const link = hint.querySelector("[data-med-hint-link]");
  hint.querySelector("[data-med-hint-close]").addEventListener("click", () => {
    hint.hidden = true;
    root.querySelector("[data-med-composer] textarea").focus();
  });
  connection.addEventListener("case.news", ({ detail: { kind, participant } }) => {
    const matter = root.querySelector(`[data-med-matter="${CSS.escape(kind)}"]`);
    const mark = matter?.querySelector("[data-med-matter-news]");
    mark?.removeAttribute("hidden");
    if (participant === me) {
      return;
    }
    hint.hidden = false; // before the words: a status that is not shown is not read aloud
    link.hidden = !mark;
    link.href = mark?.querySelector("a").href ?? "";
    text.textContent = words(`news_${kind}`, { name: names[participant] ?? words("somebody") });
  });
}
