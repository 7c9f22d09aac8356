// The page's small pure parts: what is read, what is drawn, what is said in which language.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { keys } from "../../agent/web/page/keys.js";
import { read } from "../../agent/web/page/link.js";
import { fromBridge, fromHub, payload } from "../../agent/web/page/messages.js";
import { note } from "../../agent/web/page/notes.js";
import { fromText, toText } from "../../agent/web/page/octets.js";
import { judged, summary } from "../../agent/web/page/quality.js";
import { fingerprint } from "../../agent/web/page/sdp.js";
import { Talk } from "../../agent/web/page/talk.js";
import { chosen, lasted, TEXTS, Words } from "../../agent/web/page/texts.js";
import { grade, path } from "../../agent/web/page/trace.js";
import { four } from "../../agent/web/page/words.js";

const load = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const WORDS = load("../vectors/visit_words.json").vectors;
const SIGNED = load("../vectors/visit_signed.json");
const BOOK = load("../../agent/visit/words.json");

const seeded = (seed) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

// Whatever JSON there is: for what must never be taken for a message.
function anything(chance, depth = 3) {
  const kinds = [
    () => null,
    () => chance() * 1e9 - 5e8,
    () => chance() < 0.5,
    () => String.fromCodePoint(...Array.from({ length: 5 }, () => Math.floor(chance() * 50_000))),
    () => ["v", "vitals", "offer", "uncleared", "say", "__proto__", "constructor"][Math.floor(chance() * 7)],
  ];
  if (depth === 0 || chance() < 0.5) return kinds[Math.floor(chance() * kinds.length)]();
  const parts = Array.from({ length: 4 }, () => anything(chance, depth - 1));
  if (chance() < 0.5) return parts;
  const names = ["v", "type", "pulse", "estimate", "payload", "visit", "n", "call", "value"];
  return Object.fromEntries(parts.map((part) => [names[Math.floor(chance() * names.length)], part]));
}

test("the four words are those of the hub, in every language", async () => {
  for (const { words, ...call } of WORDS) assert.deepEqual(await four(BOOK, call), words);
});

test("words in a language that has no list are English", async () => {
  const [{ words, ...call }] = WORDS.filter(({ language }) => language === "en");
  assert.deepEqual(await four(BOOK, { ...call, language: "xx" }), words);
  assert.deepEqual(await four(BOOK, { ...call, language: "constructor" }), words);
});

test("a link that Python made is read, and both sides' signatures hold", async () => {
  const link = read(SIGNED.fragment);
  assert.equal(link.token, SIGNED.token);
  assert.equal(link.visit, SIGNED.visit);
  const { checked, signed } = await keys(link);
  assert.ok(await checked(SIGNED.hub.payload, SIGNED.hub.signature));
  assert.ok(!(await checked(`${SIGNED.hub.payload} `, SIGNED.hub.signature)));
  assert.ok(!(await checked(SIGNED.page.payload, SIGNED.page.signature)), "a page is no hub");
  assert.ok(!(await checked(SIGNED.hub.payload, "A".repeat(86))));
  const own = await crypto.subtle.importKey(
    "raw", link.pageKey, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"],
  );
  const octets = new TextEncoder().encode(`hearth/visit/1\npage\n${SIGNED.page.payload}`);
  for (const signature of [SIGNED.page.signature, await signed(SIGNED.page.payload)]) {
    const hash = { name: "ECDSA", hash: "SHA-256" };
    assert.ok(await crypto.subtle.verify(hash, own, fromText(signature), octets));
  }
});

test("a link that is cut, lengthened or another's is no link", async () => {
  for (let length = 0; length < SIGNED.fragment.length; length += 7) {
    assert.equal(read(SIGNED.fragment.slice(0, length)), null);
  }
  assert.equal(read(`${SIGNED.fragment}A`), null);
  assert.equal(read(SIGNED.fragment.padEnd(5000, "A")), null);
  assert.equal(read("#a.b.c"), null);
  const [first, second] = SIGNED.fragment.slice(1).split(".");
  const stranger = toText(new Uint8Array(32).fill(7));
  const link = read(`#${first}.${second}.${stranger}`);
  await assert.rejects(keys(link), "its number does not belong to its key");
});

test("octets survive being text, and nothing has two writings", () => {
  for (let length = 0; length < 40; length += 1) {
    const octets = Uint8Array.from({ length }, (_, at) => (at * 91 + length) % 256);
    assert.deepEqual(fromText(toText(octets)), octets);
  }
  for (const wrong of ["A", "AB", "A=", "A+", "é", "AAA A"]) {
    assert.throws(() => fromText(wrong), `${wrong} is no octets`);
  }
});

const OFFER = { type: "offer", visit: "v", n: 5, call: "c", sdp: "v=0\r\n", ice: [] };
const heard = (told, after = 0) => fromHub(JSON.stringify(told), { visit: "v", after });

test("an offer is taken with its servers, and with no others", () => {
  const ice = [{ urls: ["turn:turn.example:3478"], username: "u", credential: "c" }];
  assert.deepEqual(heard({ ...OFFER, ice }).ice, ice);
  for (const wrong of [
    "stun:x", [{}], [{ urls: "stun:x" }], [{ urls: ["http://x"] }], [null], Array(5).fill(ice[0]),
  ]) {
    assert.equal(heard({ ...OFFER, ice: wrong }), null);
  }
});

test("a message of another visit, a repeated one and one without a number are passed over", () => {
  assert.ok(heard(OFFER));
  assert.equal(heard({ ...OFFER, visit: "w" }), null);
  assert.equal(heard(OFFER, 5), null);
  for (const n of [undefined, "6", 6.5, 2 ** 60]) assert.equal(heard({ ...OFFER, n }), null);
});

test("what is too long, or no message of this version, is passed over", () => {
  const say = { type: "say", v: 1, payload: "{}", signature: "A".repeat(86) };
  assert.ok(fromBridge(JSON.stringify(say)));
  assert.equal(fromBridge(JSON.stringify({ ...say, v: 2 })), null);
  assert.equal(fromBridge(JSON.stringify({ ...say, signature: "A" })), null);
  assert.equal(fromBridge(JSON.stringify({ ...say, payload: "x".repeat(70_000) })), null);
  assert.equal(heard({ ...OFFER, sdp: `v=0${"x".repeat(40_000)}` }), null);
  assert.equal(heard({ type: "toString", visit: "v", n: 1 }), null);
});

test("noise is no message, and breaks nothing", () => {
  const chance = seeded(3);
  for (let run = 0; run < 5000; run += 1) {
    const text = run % 3 ? JSON.stringify(anything(chance)) : String(anything(chance, 0));
    assert.equal(note(text), null, text);
    assert.equal(fromHub(text, { visit: "v", after: 0 }), null, text);
    assert.equal(fromBridge(text)?.payload, undefined, text);
  }
});

test("what the page says has its visit, its party and its number", () => {
  const told = payload({ type: "join" }, { visit: "v", party: "p", n: 3 });
  assert.deepEqual(JSON.parse(told), { type: "join", visit: "v", party: "p", n: 3 });
});

const VITALS = { v: 1, type: "vitals", estimate: "uncleared", pulse_bpm: 71.6, pulse_confidence: 0.9 };

test("an estimate that does not say it is uncleared is not shown", () => {
  assert.equal(note(JSON.stringify(VITALS)).pulse, 71.6);
  assert.equal(note(JSON.stringify({ ...VITALS, estimate: "cleared" })), null);
  assert.equal(note(JSON.stringify({ ...VITALS, estimate: undefined })), null);
});

test("an estimate that cannot be is not shown", () => {
  const wrong = [
    { pulse_bpm: "72" }, { pulse_bpm: -1 }, { pulse_bpm: 9000 }, { pulse_confidence: 2 },
    { pulse: Array(121).fill(0) }, { pulse: ["1"] }, { refusal: "<b>" }, { refusal: 4 },
  ];
  for (const one of wrong) assert.equal(note(JSON.stringify({ ...VITALS, ...one })), null);
  assert.equal(note(JSON.stringify({ ...VITALS, pulse_bpm: null, refusal: "no-face" })).pulse, null);
});

test("a reading keeps every digit as the meter wrote it", () => {
  const reading = { v: 1, type: "reading", id: "1", what: "glucose", value: "5.60", unit: "mmol/L" };
  const told = note(JSON.stringify({ ...reading, at: "2026-11-28T10:32:00Z" }));
  assert.equal(told.value, "5.60");
  assert.equal(told.sent, "no");
  for (const value of ["", "high", "1<script>", 5.6, "1".repeat(25)]) {
    assert.equal(note(JSON.stringify({ ...reading, at: "2026-11-28T10:32:00Z", value })), null);
  }
  assert.equal(note(JSON.stringify({ ...reading, at: "yesterday" })), null);
});

const PRINT = Array.from({ length: 32 }, () => "AB").join(":");

test("a fingerprint is one SHA-256, in capitals; two that differ are none", () => {
  const line = `a=fingerprint:sha-256 ${PRINT}\r\n`;
  assert.equal(fingerprint(`v=0\r\n${line}${line.toLowerCase()}`), PRINT);
  assert.equal(fingerprint(`${line}a=fingerprint:sha-256 ${PRINT.replace("AB", "AC")}`), null);
  assert.equal(fingerprint(`a=fingerprint:sha-1 ${PRINT}`), null);
  assert.equal(fingerprint("a=fingerprint:sha-256 AB:CD"), null);
  assert.equal(fingerprint(""), null);
});

test("a wave fills its box, whatever its size, and one artefact does not press it flat", () => {
  assert.equal(path([0, 1, 2], 100, 50), "M0.0 50.0L50.0 25.0L100.0 0.0");
  assert.equal(path([0, 100, 200], 100, 50), path([0, 1, 2], 100, 50));
  const wave = Array.from({ length: 100 }, (_, at) => Math.sin(at / 4));
  const heights = (points) => path(points, 300, 60).match(/ [\d.]+/g).map(Number);
  const struck = heights(wave.with(50, 1e6));
  assert.ok(Math.max(...struck) - Math.min(...struck.toSpliced(50, 1)) > 50);
  assert.ok(struck.every((height) => height >= 0 && height <= 60));
});

test("no wave, or one that does not move, draws nothing", () => {
  for (const wave of [[], [1], [2, 2, 2], [1e308, -1e308]]) assert.equal(path(wave, 300, 60), "");
});

test("quality is what the gate is sure of", () => {
  assert.deepEqual([0.95, 0.9, 0.8, 0.5].map(grade), ["good", "good", "fair", "poor"]);
});

function report({ received = 100, lost = 0, rtt = 0.05, frames = 60, frozen = 0 }) {
  const video = { type: "inbound-rtp", kind: "video", framesDecoded: frames, packetsLost: lost };
  return new Map([
    ["a", { ...video, packetsReceived: received, totalFreezesDuration: frozen }],
    ["b", { type: "remote-inbound-rtp", roundTripTime: rtt }],
  ]);
}
const line = (told) => judged(summary(report({ received: 0, frames: 0 })), summary(report(told)), 2);

test("a connection is judged by loss, delay, frames and freezes", () => {
  assert.equal(line({}), "good");
  assert.equal(line({ lost: 5 }), "fair");
  assert.equal(line({ lost: 20 }), "poor");
  assert.equal(line({ rtt: 0.4 }), "fair");
  assert.equal(line({ rtt: 0.9 }), "poor");
  assert.equal(line({ frames: 20 }), "fair");
  assert.equal(line({ frames: 10 }), "poor");
  assert.equal(line({ frozen: 1 }), "poor");
  assert.equal(line({ received: 0 }), "poor");
  assert.equal(line({ frames: 0 }), "good", "a camera that is off is no bad line");
  assert.equal(judged(null, summary(report({})), 2), "unknown");
});

test("every language says everything, with the same parts", () => {
  const parts = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [language, texts] of Object.entries(TEXTS)) {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(TEXTS.en).sort(), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.ok(text.trim().length > 0, key);
      assert.deepEqual(parts(text), parts(TEXTS.en[key]), `${language} ${key}`);
    }
  }
});

test("another language says something else", () => {
  const same = (language) =>
    Object.keys(TEXTS.en).filter((key) => TEXTS[language][key] === TEXTS.en[key]);
  assert.deepEqual(same("de"), ["measure.news"]);
  assert.deepEqual(same("es"), ["measure.news"]);
});

test("the browser's first known language is spoken", () => {
  assert.equal(chosen(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(chosen(["es-MX"]), "es");
  assert.equal(chosen(["fr"]), "en");
  assert.equal(chosen([]), "en");
  assert.equal(chosen(["constructor"]), "en");
});

test("times and numbers are written as that language writes them", () => {
  assert.equal(new Words("de").number(5.6, 1), "5,6");
  assert.match(new Words("en").time(new Date(2026, 10, 28, 15, 4)), /^15:04$/);
  assert.equal(lasted(75_000), "1:15");
  assert.equal(lasted(3_675_000), "1:01:15");
  assert.equal(lasted(-5), "0:00");
});

test("a message that cannot be shown does not keep the page from hearing the next", async () => {
  const heard = [];
  const told = (type) => {
    heard.push(type);
    if (heard.length === 1) throw new RangeError("no text");
  };
  const talk = new Talk("ws://x", { link: { visit: "v" }, keys: { checked: async () => true }, told });
  for (const n of [1, 2]) {
    const payload = JSON.stringify({ type: "ringing", visit: "v", n });
    const text = JSON.stringify({ type: "say", v: 1, payload, signature: "A".repeat(86) });
    talk.line.told("text", text);
  }
  await talk.in.catch(() => null);

  assert.deepEqual(heard, ["ringing", "ringing"]);
});
