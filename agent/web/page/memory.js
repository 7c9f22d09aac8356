// What this browser remembers of a visit: the link for a reload, and who it is to the hub.

import { read } from "./link.js";
import { toText } from "./octets.js";

const PARTY = /^[A-Za-z0-9_-]{22}$/;

export class Memory {
  constructor({ localStorage, sessionStorage, location, history, crypto }) {
    Object.assign(this, { localStorage, sessionStorage, location, history, crypto });
    this.n = 0;
  }

  // Takes the invitation out of the address, so that no history and nobody looking on has it.
  link() {
    const { hash, pathname } = this.location;
    if (hash.length > 1) {
      this.history.replaceState(null, "", pathname);
      if (hash !== this.sessionStorage.getItem("link")) this.sessionStorage.clear();
      this.sessionStorage.setItem("link", hash);
    }
    return read(this.sessionStorage.getItem("link") ?? "");
  }

  // The same for every window of this browser: who redeemed an invitation may come back to it.
  party(visit) {
    const key = `party ${visit}`;
    const kept = this.localStorage.getItem(key) ?? "";
    if (PARTY.test(kept)) return kept;
    const made = toText(this.crypto.getRandomValues(new Uint8Array(16)));
    this.localStorage.setItem(key, made);
    return made;
  }

  // A number larger than every one before it, also after a reload.
  next() {
    const kept = Number(this.sessionStorage.getItem("n") ?? 0);
    this.n = Math.max(Date.now(), this.n + 1, kept + 1);
    this.sessionStorage.setItem("n", String(this.n));
    return this.n;
  }

  joined() {
    this.sessionStorage.setItem("joined", "yes");
  }

  inVisit() {
    return this.sessionStorage.getItem("joined") === "yes";
  }

  forget() {
    this.sessionStorage.clear();
  }

  get language() {
    return this.localStorage.getItem("language");
  }

  set language(language) {
    this.localStorage.setItem("language", language);
  }
}
