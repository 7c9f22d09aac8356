// The visit as one value, and what each event makes of it. Pure: no clock, no network, no page.
// `step(state, event)` gives the next state and what is to be done: a list of [doing, detail].
// Every event carries `at` (ms of a clock that may jump when a computer sleeps) and `chance` (0..1).

import { lineMs, redialMs } from "./backoff.js";

const JOIN_AGAIN_MS = 10_000;
const JOINS = 6;
const SHAKY_MS = 8_000; // a connection comes back by itself from a short gap
const OFFER_MS = 10_000; // how long an offer that came may take to connect
const SILENT_MS = 4_000; // no offer after a redial: perhaps the line itself is dead
const HURRIED_MS = 500; // with a call down, the way may be back any moment
const ASK_AGAIN_MS = 4_000; // a hub whose call has just come about does not hear the first
const ASKS = 3;
const IDLE_MS = 60 * 60_000;
const LOST_MS = 10 * 60_000;
export const UNDER_WAY = ["asking", "asked", "resting", "measuring"];
const TRY_LATER = ["VISIT-07", "VISIT-09"];
// After these the same browser may ring again with the same invitation, while it holds.
const RING_AGAIN = ["page.bye", "bye", "hung-up", "no-answer", "declined", "lost"];

export const start = (at) => ({
  view: "check",
  phase: "joining",
  line: { state: "closed", tries: 0, nextAt: 0 },
  join: { tries: 0, nextAt: Infinity },
  call: null, // {id, state: connecting | up | shaky | down, at, tries, nextAt}
  inVisit: false, // the hub has taken the invitation in this or an earlier life of this page
  words: null, // {list, answer: null | same}
  measures: {}, // what: asking | asked | resting | measuring | arrived | failed | declined | done
  asking: {}, // what: {tries, nextAt}, until the hub has answered
  beganAt: null,
  lostAt: null,
  touchedAt: at,
  waitsFrom: null,
  end: null,
});

const idle = (state) => [state, []];

function ended(state, why, at, more = {}) {
  const ms = state.beganAt ? at - state.beganAt : 0;
  const end = { why, code: "", again: RING_AGAIN.includes(why), ms, ...more };
  const next = { ...state, view: "end", end, call: null, line: { ...state.line, state: "closed" } };
  return [next, [["hang up"], ["close line"], ...(end.again ? [] : [["forget"]])]];
}

// Ends from this side: the hub is told, and the patient's screen does not wait for nothing.
function left(state, why, at, more) {
  const [next, doings] = ended(state, why, at, more);
  return [next, state.line.state === "open" ? [["say", { type: "bye" }], ...doings] : doings];
}

function opening(state, at) {
  return [{ ...state, line: { ...state.line, state: "opening", nextAt: at } }, [["open line"]]];
}

function joining(state, at) {
  // In a call there is nothing to wait for: the hub answers a redial with an offer.
  const nextAt = state.call ? Infinity : at + JOIN_AGAIN_MS;
  const join = { tries: state.join.tries + 1, nextAt };
  return [{ ...state, join }, [["say", { type: "join" }]]];
}

function redialling(state, event) {
  const { call, line } = state;
  const nextAt = event.at + redialMs(call.tries, event.chance);
  const next = {
    ...state,
    call: { ...call, state: "down", tries: call.tries + 1, nextAt, silentAt: call.silentAt ?? event.at },
  };
  if (line.state === "open") return [next, [["say", { type: "redial", call: call.id }]]];
  return [next, []];
}

const EVENTS = {
  // The person.
  call(state, { at }) {
    const { inVisit } = state;
    const fresh = { ...start(at), view: "wait", waitsFrom: at, inVisit };
    const [next, doings] = opening(fresh, at);
    return [next, state.view === "end" ? [["wake devices"], ...doings] : doings];
  },
  touched: (state, { at }) => idle({ ...state, touchedAt: at }),
  leave: (state, { at }) => left(state, "page.bye", at),
  differ: (state, { at }) => left(state, "forged", at),
  same: (state) => idle({ ...state, words: state.words && { ...state.words, answer: "same" } }),
  measure(state, { what, at }) {
    if (UNDER_WAY.includes(state.measures[what])) return idle(state);
    if (state.line.state !== "open") return idle(withMeasure(state, what, "failed"));
    return asking(state, what, 1, at);
  },
  online(state, { at }) {
    const { line, call } = state;
    const hurried = call?.state === "down" ? { ...call, nextAt: at } : call;
    return idle({ ...state, line: line.state === "lost" ? { ...line, nextAt: at } : line, call: hurried });
  },

  // The line to the bridge.
  "line open": (state) => [state, [["knock"]]],
  "line closed"(state, { at, chance }) {
    if (state.view !== "wait" && state.view !== "call") return idle(state);
    const tries = state.line.tries + 1;
    const pause = lineMs(tries - 1, chance);
    const soon = state.call?.state === "down" ? Math.min(pause, HURRIED_MS) : pause;
    const line = { state: "lost", tries, nextAt: at + soon };
    const lostAt = state.lostAt ?? at;
    const phase = state.call ? state.phase : "interrupted";
    return idle({ ...state, line, lostAt, phase, join: { ...state.join, nextAt: Infinity } });
  },
  waiting(state, { at }) {
    const line = { state: "open", tries: 0, nextAt: 0 };
    const lostAt = state.call && state.call.state !== "up" ? state.lostAt : null;
    const phase = state.phase === "interrupted" ? "joining" : state.phase;
    return joining({ ...state, line, lostAt, phase, join: { ...state.join, tries: 0 } }, at);
  },
  forged: (state, { at }) => left(state, "forged", at),
  "line refused": (state, { at, code }) => ended(state, "refused", at, { code }),

  // The hub.
  ringing(state) {
    const next = { ...state, inVisit: true, join: { tries: 0, nextAt: Infinity } };
    return idle(state.call ? next : { ...next, phase: "ringing" });
  },
  // The answer to a join while a call is up: one that this page does not have is dialled anew.
  in_call(state, event) {
    const joined = { ...state, inVisit: true, join: { tries: 0, nextAt: Infinity } };
    const { call } = state;
    if (call?.id === event.call && call.state !== "down") return idle(joined);
    const lost = { id: event.call, state: "down", at: event.at, tries: call?.tries ?? 0 };
    return redialling({ ...joined, call: lost, phase: "answered" }, event);
  },
  offer(state, { at, offer }) {
    if (state.view === "check") return idle(state);
    const tries = state.call?.tries ?? 0;
    const next = {
      ...state,
      inVisit: true,
      phase: "answered",
      join: { tries: 0, nextAt: Infinity },
      call: { id: offer.call, state: "connecting", at, tries, nextAt: at + OFFER_MS },
    };
    return [next, [["dial", offer]]];
  },
  measure_state: (state, { what, state: at }) => idle(withMeasure(state, what, at)),
  refused(state, { at, code }) {
    return ended(state, "refused", at, { code, again: TRY_LATER.includes(code) });
  },
  ended: (state, { at, why }) => ended(state, why, at),

  // The call.
  words: (state, { words }) => idle({ ...state, words: newWords(state.words, words) }),
  answered: (state, { call, sdp }) => [state, [["say", { type: "answer", call, sdp }]]],
  connected(state, { at, call }) {
    if (state.call?.id !== call) return idle(state);
    const up = { id: call, state: "up", at, tries: 0, nextAt: Infinity };
    return idle({ ...state, view: "call", call: up, beganAt: state.beganAt ?? at, lostAt: null });
  },
  disconnected(state, { at, call }) {
    if (state.call?.id !== call || state.call.state !== "up") return idle(state);
    const shaky = { ...state.call, state: "shaky", at, nextAt: at + SHAKY_MS };
    return idle({ ...state, call: shaky, lostAt: at });
  },
  failed(state, event) {
    if (state.call?.id !== event.call) return idle(state);
    return redialling({ ...state, lostAt: state.lostAt ?? event.at }, event);
  },
  progress: (state, { what, step }) => idle(withMeasure(state, what, step)),

  tick(state, event) {
    const { at } = event;
    const { line, join, call, lostAt } = state;
    if (!call && at - state.touchedAt > IDLE_MS) return left(state, "idle", at);
    if (state.view === "check") return idle(state);
    if (lostAt !== null && at - lostAt > LOST_MS) return left(state, "lost", at);
    if (line.state === "lost" && at >= line.nextAt) return opening(state, at);
    if (at >= join.nextAt) {
      return join.tries < JOINS ? joining(state, at) : left(state, "unreachable", at, { again: true });
    }
    const unheard = Object.keys(state.asking).find((what) => at >= state.asking[what].nextAt);
    if (unheard) {
      const { tries } = state.asking[unheard];
      if (tries >= ASKS) return idle(withMeasure(state, unheard, "failed"));
      return asking(state, unheard, tries + 1, at);
    }
    if (call?.state === "down" && line.state === "open" && at - call.silentAt > SILENT_MS) {
      return opening({ ...state, call: { ...call, silentAt: null } }, at);
    }
    if (call && at >= call.nextAt) return redialling(state, event);
    return idle(state);
  },
};

// The patient has to be asked again only when the words are others.
function newWords(old, list) {
  return old && old.list.join() === list.join() ? old : { list, answer: null };
}

// What the hub has answered is no longer asked for.
function withMeasure(state, what, step) {
  const { [what]: _, ...rest } = state.asking;
  return { ...state, asking: rest, measures: { ...state.measures, [what]: step } };
}

function asking(state, what, tries, at) {
  const next = withMeasure(state, what, "asking");
  const due = { tries, nextAt: at + ASK_AGAIN_MS };
  const said = ["say", { type: "measure", what }];
  return [{ ...next, asking: { ...next.asking, [what]: due } }, [said]];
}

export function step(state, event) {
  if (state.view === "end" && event.type !== "call") return idle(state); // what comes late
  return EVENTS[event.type](state, event);
}
