// Messages that the mediator reads first: shown to their author as waiting, counted for the mediator.

export class Review {
  constructor(root, connection, chat, log, { room, me, words }) {
    this.chat = chat;
    this.log = log;
    this.words = words;
    this.line = root.querySelector("[data-med-review]");
    const here = (name, act) =>
      connection.addEventListener(name, ({ detail }) => detail.room === room && act(detail));
    here("message.held", ({ client_id }) => this.hold(client_id));
    here("message.posted", ({ participant, client_id }) => participant === me && log.forget(client_id));
    here("review.waiting", ({ count }) => this.count(count));
  }

  hold(clientId) {
    const entry = this.chat.outbox.settle(clientId);
    if (entry !== undefined) {
      this.log.show(entry, true, {});
      const item = this.log.outbox.querySelector(`[data-med-pending="${CSS.escape(clientId)}"]`);
      item.querySelector("[data-med-state]").textContent = this.words("held");
      item.querySelector(".heyi-audience").remove(); // it names those who will see it, and do not yet
    }
  }

  count(count) {
    const mark = this.line?.querySelector("[data-med-review-count]");
    if (mark) {
      this.line.hidden = false;
      this.line.querySelector("a").textContent = this.words("review_on");
      mark.hidden = count === 0;
      mark.textContent = this.words("waiting_count").replace("{count}", count);
    }
  }
}
