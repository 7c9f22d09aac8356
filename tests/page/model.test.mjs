// What each event makes of a visit, without a browser, a network or a clock.
import assert from "node:assert/strict";
import { test } from "node:test";

import { lineMs, redialMs } from "../../agent/web/page/backoff.js";
import { start, step } from "../../agent/web/page/model.js";

const OFFER = { call: "c1", sdp: "v=0", ice: [], language: "en" };
const MINUTE = 60_000;

// Plays events one after the other; each is [ms, type, details].
function played(...events) {
  let state = start(0);
  let doings = [];
  for (const [at, type, details = {}] of events) {
    [state, doings] = step(state, { type, at, chance: 0.5, ...details });
  }
  return { state, doings };
}

const CALLED = [
  [0, "call"],
  [10, "line open"],
  [20, "waiting"],
];
const RINGING = [...CALLED, [30, "ringing"]];
const ANSWERED = [...RINGING, [5000, "offer", { offer: OFFER }]];
const UP = [...ANSWERED, [6000, "connected", { call: "c1" }]];
const bye = ["say", { type: "bye" }];

test("a call goes from the press to the picture", () => {
  assert.deepEqual(played([0, "call"]).doings, [["open line"]]);
  assert.deepEqual(played(...CALLED.slice(0, 2)).doings, [["knock"]]);
  assert.deepEqual(played(...CALLED).doings, [["say", { type: "join" }]]);
  assert.equal(played(...RINGING).state.phase, "ringing");
  assert.deepEqual(played(...ANSWERED).doings, [["dial", OFFER]]);
  assert.equal(played(...ANSWERED).state.view, "wait");
  assert.equal(played(...UP).state.view, "call");
  assert.equal(played(...UP).state.beganAt, 6000);
});

test("a hub that says nothing is asked six times, ten seconds apart, and then given up", () => {
  const silent = [...CALLED];
  for (let number = 1; number < 6; number += 1) {
    assert.deepEqual(played(...silent, [number * 10_000, "tick"]).doings, []);
    silent.push([number * 10_000 + 20, "tick"]);
    assert.deepEqual(played(...silent).doings, [["say", { type: "join" }]]);
  }
  const { state } = played(...silent, [MINUTE + 20, "tick"]);
  assert.equal(state.end.why, "unreachable");
  assert.ok(state.end.again);
});

test("a line that is lost is opened again after growing pauses, and joined again", () => {
  const lost = played(...RINGING, [1000, "line closed"]);
  assert.equal(lost.state.phase, "interrupted");
  assert.deepEqual(played(...RINGING, [1000, "line closed"], [1900, "tick"]).doings, []);
  const again = [...RINGING, [1000, "line closed"], [2000, "tick"]];
  assert.deepEqual(played(...again).doings, [["open line"]]);
  const twice = [...again, [2100, "line closed"], [4000, "tick"]];
  assert.deepEqual(played(...twice).doings, []);
  const back = [...twice, [4200, "tick"], [4300, "line open"], [4400, "waiting"]];
  assert.deepEqual(played(...back).doings, [["say", { type: "join" }]]);
});

test("the pauses of the line are those of the protocol: 1, 2, 4, 8, 8 s", () => {
  const pauses = [0, 1, 2, 3, 4, 50].map((tries) => lineMs(tries, 0.5) / 1000);
  assert.deepEqual(pauses, [1, 2, 4, 8, 8, 8]);
});

test("chance moves a pause by a twentieth at most", () => {
  assert.equal(lineMs(0, 0), 950);
  assert.ok(Math.abs(lineMs(0, 1) - 1050) < 1e-6);
  assert.equal(redialMs(99, 0), 4750);
});

test("a call that is up goes on without its line", () => {
  const { state } = played(...UP, [7000, "line closed"], [9000, "tick"]);
  assert.equal(state.view, "call");
  assert.equal(state.call.state, "up");
});

test("a short gap is waited for; after eight seconds another offer is asked for", () => {
  const gap = [...UP, [10_000, "disconnected", { call: "c1" }]];
  assert.deepEqual(played(...gap, [17_900, "tick"]).doings, []);
  assert.deepEqual(played(...gap, [18_000, "tick"]).doings, [
    ["say", { type: "redial", call: "c1" }],
  ]);
  const back = played(...gap, [12_000, "connected", { call: "c1" }]);
  assert.equal(back.state.call.state, "up");
  assert.equal(back.state.lostAt, null);
});

test("a connection that failed is dialled again at once, then with growing pauses", () => {
  const failed = [...UP, [10_000, "failed", { call: "c1" }]];
  assert.deepEqual(played(...failed).doings, [["say", { type: "redial", call: "c1" }]]);
  assert.equal(played(...failed).state.call.nextAt, 10_000 + redialMs(0, 0.5));
  assert.deepEqual(played(...failed, [10_500, "tick"]).doings, []);
  const second = [...failed, [11_000, "tick"]];
  assert.deepEqual(played(...second).doings, [["say", { type: "redial", call: "c1" }]]);
  assert.equal(played(...second).state.call.tries, 2);
});

test("an offer that came is given time before the next is asked for", () => {
  const offered = [
    ...UP,
    [10_000, "failed", { call: "c1" }],
    [10_300, "offer", { offer: { ...OFFER, call: "c2" } }],
  ];
  assert.deepEqual(played(...offered, [20_000, "tick"]).doings, []);
  assert.deepEqual(played(...offered, [20_300, "tick"]).doings, [
    ["say", { type: "redial", call: "c2" }],
  ]);
  assert.equal(played(...offered, [10_900, "connected", { call: "c2" }]).state.call.tries, 0);
});

test("what an old connection says changes nothing", () => {
  const fresh = [...UP, [9000, "offer", { offer: { ...OFFER, call: "c2" } }]];
  for (const type of ["connected", "disconnected", "failed"]) {
    const { state, doings } = played(...fresh, [9100, type, { call: "c1" }]);
    assert.deepEqual(doings, []);
    assert.equal(state.call.state, "connecting");
  }
});

test("a redial that nobody answers makes the line suspect, and it is opened anew", () => {
  const silent = [...UP, [10_000, "failed", { call: "c1" }], [11_000, "tick"], [12_000, "tick"]];
  assert.deepEqual(played(...silent, [13_900, "tick"]).doings, [
    ["say", { type: "redial", call: "c1" }],
  ]);
  const suspect = [...silent, [14_100, "tick"]];
  assert.deepEqual(played(...suspect).doings, [["open line"]]);
  const dead = [...suspect, [17_100, "line closed"]];
  assert.deepEqual(played(...dead, [17_500, "tick"]).doings, []);
  assert.deepEqual(played(...dead, [17_600, "tick"]).doings, [["open line"]], "soon, in a call");
});

test("a page that was loaded anew in a call asks for it to be dialled", () => {
  const { doings } = played(...CALLED, [100, "in_call", { call: "old" }]);
  assert.deepEqual(doings, [["say", { type: "redial", call: "old" }]]);
});

test("a page that still has the call goes on", () => {
  const back = [...UP, [7000, "line closed"], [8100, "tick"], [8200, "line open"], [8300, "waiting"]];
  const { state, doings } = played(...back, [8400, "in_call", { call: "c1" }]);
  assert.deepEqual(doings, []);
  assert.equal(state.call.state, "up");
  assert.deepEqual(played(...back, [99_000, "tick"]).doings, [], "and does not join for ever");
});

test("who leaves tells the hub, and may ring again", () => {
  const { state, doings } = played(...UP, [66_000, "leave"]);
  assert.deepEqual(doings[0], bye);
  assert.deepEqual(state.end, { why: "page.bye", code: "", again: true, ms: 60_000 });
  const again = played(...UP, [66_000, "leave"], [70_000, "call"]);
  assert.deepEqual(again.doings, [["wake devices"], ["open line"]]);
  assert.equal(again.state.view, "wait");
  assert.equal(again.state.words, null);
});

test("what the hub says is over is over, and the link is forgotten where it holds no more", () => {
  const over = played(...UP, [9000, "ended", { why: "over" }]);
  assert.deepEqual(over.doings, [["hang up"], ["close line"], ["forget"]]);
  const declined = played(...RINGING, [9000, "ended", { why: "declined" }]);
  assert.ok(declined.state.end.again);
  assert.deepEqual(declined.doings, [["hang up"], ["close line"]]);
});

test("a refusal that may pass can be tried again, any other not", () => {
  const busy = played(...CALLED, [100, "refused", { code: "VISIT-07" }]);
  const used = played(...CALLED, [100, "refused", { code: "VISIT-04" }]);
  assert.deepEqual([busy.state.end.again, used.state.end.again], [true, false]);
  assert.deepEqual(used.state.end.code, "VISIT-04");
});

test("a forged signature ends it, and the hub hears so", () => {
  const { state, doings } = played(...UP, [9000, "forged"]);
  assert.equal(state.end.why, "forged");
  assert.deepEqual(doings[0], bye);
});

test("what comes after the end changes nothing", () => {
  const ended = [...UP, [9000, "leave"]];
  const late = [
    ["offer", { offer: OFFER }],
    ["ringing", {}],
    ["in_call", { call: "c1" }],
    ["connected", { call: "c1" }],
    ["line closed", {}],
    ["ended", { why: "lost" }],
    ["forged", {}],
    ["tick", {}],
  ];
  for (const [type, details] of late) {
    const { state, doings } = played(...ended, [99 * MINUTE, type, details]);
    assert.equal(state.end.why, "page.bye");
    assert.deepEqual(doings, [], type);
  }
});

test("a page left open overnight ends politely, also when the computer slept", () => {
  assert.equal(played([61 * MINUTE, "tick"]).state.end.why, "idle");
  assert.equal(played([50 * MINUTE, "touched"], [61 * MINUTE, "tick"]).state.view, "check");
  const rings = played(...RINGING, [9 * 60 * MINUTE, "tick"]);
  assert.equal(rings.state.end.why, "idle");
  assert.deepEqual(rings.doings[0], bye);
});

test("a call that cannot be had back for ten minutes is over", () => {
  const lost = [...UP, [10_000, "failed", { call: "c1" }], [11_000, "line closed"]];
  assert.equal(played(...lost, [9 * MINUTE, "tick"]).state.view, "call");
  assert.equal(played(...lost, [11 * MINUTE, "tick"]).state.end.why, "lost");
});

test("a network that came back is used at once", () => {
  const lost = [...UP, [10_000, "failed", { call: "c1" }], [10_100, "line closed"]];
  const hurried = played(...lost, [10_200, "online"], [10_201, "tick"]);
  assert.deepEqual(hurried.doings, [["open line"]]);
});

test("a measurement goes from asked to arrived; without a line it says that it failed", () => {
  const asked = [...UP, [7000, "measure", { what: "blood-pressure" }]];
  assert.deepEqual(played(...asked).doings, [["say", { type: "measure", what: "blood-pressure" }]]);
  const told = [...asked, [7100, "measure_state", { what: "blood-pressure", state: "asked" }]];
  assert.equal(played(...told).state.measures["blood-pressure"], "asked");
  const cut = played(...UP, [7000, "line closed"], [7001, "measure", { what: "glucose" }]);
  assert.equal(cut.state.measures.glucose, "failed");
  assert.deepEqual(cut.doings, []);
});

test("a hub that does not answer is asked three times, and then it is said that it failed", () => {
  const asked = [...UP, [7000, "measure", { what: "weight" }]];
  assert.deepEqual(played(...asked, [10_900, "tick"]).doings, []);
  const again = [...asked, [11_000, "tick"], [15_000, "tick"]];
  assert.deepEqual(played(...again).doings, [["say", { type: "measure", what: "weight" }]]);
  assert.equal(played(...again, [19_000, "tick"]).state.measures.weight, "failed");
  const heard = [...again, [15_100, "measure_state", { what: "weight", state: "asked" }]];
  assert.equal(played(...heard, [99_000, "tick"]).state.measures.weight, "asked");
});

test("words that were compared need comparing again only when they are others", () => {
  const compared = [...UP, [7000, "words", { words: ["a", "b"] }], [7001, "same"]];
  assert.equal(played(...compared, [8000, "words", { words: ["a", "b"] }]).state.words.answer, "same");
  assert.equal(played(...compared, [8000, "words", { words: ["a", "c"] }]).state.words.answer, null);
});

test("no order of events breaks the visit", () => {
  const types = {
    call: {}, touched: {}, leave: {}, same: {}, online: {}, "line open": {}, "line closed": {},
    waiting: {}, ringing: {}, tick: {}, measure: { what: "weight" }, words: { words: ["a"] },
    offer: { offer: OFFER }, in_call: { call: "c2" }, connected: { call: "c1" },
    disconnected: { call: "c1" }, failed: { call: "c1" }, refused: { code: "VISIT-07" },
    ended: { why: "no-answer" }, measure_state: { what: "weight", state: "failed" },
  };
  const names = Object.keys(types);
  let seed = 1;
  const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647; // Park and Miller
  for (let run = 0; run < 300; run += 1) {
    let state = start(0);
    for (let at = 0; at < 100; at += 1) {
      const type = names[Math.floor(chance() * names.length)];
      [state] = step(state, { type, at: at * 997 * (1 + run), chance: chance(), ...types[type] });
      assert.ok(["check", "wait", "call", "end"].includes(state.view));
      assert.ok(state.view !== "call" || state.call, "a call is shown only while there is one");
      assert.ok(state.view !== "end" || state.end);
    }
  }
});
