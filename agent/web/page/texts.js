// The page's words in the language of whoever reads them. Pure; the texts stand in `texts/`.

import de from "./texts/de.js";
import en from "./texts/en.js";
import es from "./texts/es.js";

export const TEXTS = { en, de, es };

// The first language of a browser's list that there is; English where there is none.
export function chosen(languages) {
  const short = languages.map((one) => String(one).slice(0, 2).toLowerCase());
  return short.find((one) => Object.hasOwn(TEXTS, one)) ?? "en";
}

export class Words {
  constructor(language) {
    this.language = language;
  }

  has(key) {
    return Object.hasOwn(TEXTS[this.language], key);
  }

  // A text with its {parts} filled in.
  say(key, parts = {}) {
    const text = TEXTS[this.language][key] ?? TEXTS.en[key];
    if (text === undefined) throw new RangeError(`no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
  }

  number(value, digits = 0) {
    const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(this.language, form).format(value);
  }

  time(at) {
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(this.language, form).format(at);
  }
}

// 75_000 ms as 1:15, 3_675_000 as 1:01:15.
export function lasted(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const two = (part) => String(part).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
