// What page and hub say to each other: signed, in order, over a line that may come and go.

import { Line } from "./line.js";
import * as messages from "./messages.js";

export class Talk {
  // `told(type, detail)` hears what the line and the hub say, checked.
  constructor(url, { link, keys, party, memory, told }) {
    Object.assign(this, { link, keys, party, memory, told });
    this.line = new Line(url, (type, text) => this.#said(type, text));
    this.heard = 0; // the hub's last `n`
    this.out = Promise.resolve(); // what is signed goes out in the order in which it was said
    this.in = Promise.resolve();
  }

  open() {
    this.line.open();
  }

  // After what was said before has gone out.
  close() {
    this.#after(() => this.line.close());
  }

  knock() {
    this.line.send(messages.knock(this.link.token));
  }

  say(message) {
    const { visit } = this.link;
    const payload = messages.payload(message, { visit, party: this.party, n: this.memory.next() });
    this.#after(async () => {
      this.line.send(messages.say(payload, await this.keys.signed(payload)));
    });
  }

  #after(work) {
    this.out = this.out.then(work, work);
  }

  #said(type, text) {
    if (type === "open") return this.told("line open");
    if (type === "closed") return this.told("line closed");
    const told = messages.fromBridge(text);
    if (told?.type === "refused") return this.told("line refused", { code: told.code });
    if (told?.type === "waiting") return this.told("waiting");
    if (told) {
      const hear = () => this.#heard(told);
      this.in = this.in.then(hear, hear); // one that could not be shown must not hide the next
    }
    return null; // garbage is passed over
  }

  async #heard({ payload, signature }) {
    if (!(await this.keys.checked(payload, signature))) return this.told("forged");
    const told = messages.fromHub(payload, { visit: this.link.visit, after: this.heard });
    if (!told) return null; // repeated, or of another version
    this.heard = told.n;
    const { type, ...detail } = told;
    return this.told(type, type === "offer" ? { offer: detail } : detail);
  }
}
