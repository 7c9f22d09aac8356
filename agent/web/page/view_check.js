// Shows the device check, the waiting room and the end page.

import { at, choices, made, put, resting, shown } from "./page.js";
import { lasted } from "./texts.js";

const HELPED = ["blocked", "missing", "busy"];

export function check(state, { devices, words, asking, level }) {
  const { video, audio } = devices.state;
  const unasked = video === "unasked" && audio === "unasked";
  device("camera", video === audio ? "" : video, video, words); // the same help need not stand twice
  device("microphone", audio, audio, words);
  shown("unasked", unasked);
  put(at("ask-why"), words.say(asking ? "check.asking" : "check.ask.why"));
  resting(at("ask"), asking);
  shown("retry", [video, audio].some((one) => [...HELPED, "unplugged"].includes(one)));
  shown("no-preview", !devices.tracks.video);
  shown("level", audio === "on");
  at("level").value = level;
  choices(at("cameras"), kind(devices, "videoinput"), devices.chosen.video);
  choices(at("microphones"), kind(devices, "audioinput"), devices.chosen.audio);
  const outputs = "setSinkId" in HTMLMediaElement.prototype ? kind(devices, "audiooutput") : [];
  choices(at("loudspeakers"), outputs, devices.chosen.output);
  const call = at("call");
  call.hidden = unasked;
  resting(call, asking);
  put(call, words.say(callText(state, video, audio)));
}

const kind = (devices, wanted) => devices.known.filter((one) => one.kind === wanted);

function callText(state, video, audio) {
  if (state.inVisit) return "check.return";
  if (audio !== "on") return "check.call.silent";
  return video === "on" ? "check.call" : "check.call.blind";
}

function device(name, helped, state, words) {
  const item = at(`device-${name}`);
  item.dataset.state = state;
  put(item.querySelector(".state"), words.say(`device.${state}`));
  const help = item.querySelector(".help");
  help.hidden = !HELPED.includes(helped);
  put(help, help.hidden ? "" : words.say(`device.${state}.help`));
}

export function wait(state, { words, now }) {
  put(at("wait-title"), words.say(`wait.title.${state.phase}`));
  put(at("wait-text"), words.say(`wait.${state.phase}`));
  put(at("wait-since"), words.say("wait.since", { time: lasted(now - state.waitsFrom) }));
}

export function end(state, { words, readings }) {
  const { why, code, again, ms } = state.end;
  const own = `end.${code}.text`;
  put(at("end-title"), words.say(`end.${why}`));
  put(at("end-text"), words.say(words.has(own) ? own : `end.${why}.text`));
  const duration = ms ? words.say("end.duration", { time: lasted(ms) }) : "";
  put(at("end-duration"), duration);
  at("end-duration").hidden = !ms;
  shown("visited", ms > 0);
  shown("again", again);
  put(at("end-code"), code ? words.say("end.code", { code }) : "");
  at("end-code").hidden = !code;
  const list = at("end-readings");
  list.replaceChildren(...readings.map((one) => made("li", sentence(one, words))));
  list.hidden = readings.length === 0;
}

// One reading in a line: every digit as the meter wrote it.
export function sentence({ what, value, unit, at: when }, words) {
  const key = `measure.${what}`;
  const name = words.has(key) ? words.say(key) : what;
  const news = words.say("measure.news", { what: name, value, unit }).trim();
  return `${news}, ${words.say("measure.at", { time: words.time(when) })}`;
}
