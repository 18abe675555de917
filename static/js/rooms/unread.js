// What one has not seen yet: the line before it, how much it is, and the way down to it. Seen is what
// stood at the end of the list while the page was looked at.

const ABOVE_LINE_PX = 24;

export class Unread {
  /** @param {() => void} seen called whenever everything there is has been seen */
  constructor(root, log, { words, seen }) {
    this.log = log;
    this.words = words;
    this.seen = seen;
    this.jump = root.querySelector("[data-med-jump]");
    this.text = this.jump.querySelector("[data-med-jump-text]");
    this.template = document.querySelector("[data-med-new-template]");
    this.count = this.below(this.line).length;
    this.jump.addEventListener("click", () => this.goDown());
    log.addEventListener("added", ({ detail }) => this.added(detail));
    log.box.addEventListener("scroll", () => this.look());
    document.addEventListener("visibilitychange", () => this.look());
  }

  get line() {
    return this.log.list.querySelector("[data-med-new-line]");
  }

  /** The others' messages that follow the line. */
  below(line) {
    const found = [];
    for (let next = line?.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.matches(".heyi-message:not(.heyi-message--mine)")) {
        found.push(next);
      }
    }
    return found;
  }

  /** Where one left off, or at the end. */
  start() {
    this.log.toEnd();
    if (this.line !== null) {
      const distance = this.line.getBoundingClientRect().top - this.log.box.getBoundingClientRect().top;
      this.log.box.scrollTop += Math.min(0, distance - ABOVE_LINE_PX);
    }
    this.look();
  }

  added({ item, isMine }) {
    if (isMine) {
      this.line?.remove(); // whoever answers has read
    } else if (!this.log.isAtEnd || document.hidden) {
      if (this.count === 0) {
        this.line?.remove();
        item.before(this.template.content.firstElementChild.cloneNode(true));
      }
      this.count += 1;
    }
    this.look();
  }

  look() {
    if (this.log.isAtEnd && !document.hidden) {
      this.count = 0;
      this.seen();
    }
    this.jump.hidden = this.log.isAtEnd;
    this.text.textContent = this.words(this.count > 0 ? "new_messages" : "newest", { count: this.count });
  }

  goDown() {
    this.log.toEnd();
    this.log.box.focus({ preventScroll: true }); // the button is gone, and the focus must not be
    this.look();
  }
}
