// Four easy words that both sides show: the same only when nobody sits in between.

import { utf8 } from "./octets.js";

const COUNT = 4;

// `book` has 256 words for each language; `hub` and `page` are fingerprints.
export async function four(book, { visit, hub, page, language }) {
  const words = Object.hasOwn(book, language) ? book[language] : book.en;
  const text = ["hearth/visit/words/1", visit, hub, page].map((part) => `${part}\n`).join("");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
  return [...digest.slice(0, COUNT)].map((octet) => words[octet]);
}
