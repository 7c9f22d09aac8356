// Reads what bridge and hub say on the line, and writes what the page says. Pure.
// Whatever is not exactly a message is null: nothing half understood goes further.

export const VERSION = 1;
export const SUBPROTOCOL = "hearth.visit.1";
export const MAX_TEXT = 64 * 1024;
const MAX_SDP = 32 * 1024;

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;
const ICE = /^(stun|stuns|turn|turns):[^\s]{1,290}$/;
export const WHATS = ["blood-pressure", "glucose", "oxygen", "temperature", "weight"];
const STATES = ["asked", "arrived", "failed"];
const WHYS = ["hung-up", "bye", "no-answer", "declined", "lost", "elsewhere", "cancelled", "over"];

const isText = (value, most) => typeof value === "string" && value.length <= most;
const isId = (value) => typeof value === "string" && ID.test(value);

function object(text) {
  if (!isText(text, MAX_TEXT)) return null;
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

const FROM_BRIDGE = {
  waiting: () => ({}),
  refused: ({ code, text }) => (isId(code) && isText(text, 300) ? { code, text } : null),
  say: ({ payload, signature }) =>
    isText(payload, MAX_TEXT) && typeof signature === "string" && SIGNATURE.test(signature)
      ? { payload, signature }
      : null,
};

const FROM_HUB = {
  ringing: () => ({}),
  offer: ({ call, sdp, ice = [], language = "en" }) => {
    const servers = iceServers(ice);
    const whole = isId(call) && isText(sdp, MAX_SDP) && sdp.startsWith("v=0") && servers;
    return whole && /^[a-z]{2}$/.test(language) ? { call, sdp, ice: servers, language } : null;
  },
  in_call: ({ call }) => (isId(call) ? { call } : null),
  measure_state: ({ what, state }) =>
    WHATS.includes(what) && STATES.includes(state) ? { what, state } : null,
  refused: FROM_BRIDGE.refused,
  ended: ({ why }) => (WHYS.includes(why) ? { why } : null),
};

// Servers as RTCConfiguration takes them, or null when one is not what it should be.
function iceServers(ice) {
  if (!Array.isArray(ice) || ice.length > 4) return null;
  const servers = [];
  for (const one of ice) {
    const { urls, username = "", credential = "" } = one ?? {};
    const whole =
      Array.isArray(urls) &&
      urls.length > 0 &&
      urls.length <= 4 &&
      urls.every((url) => typeof url === "string" && ICE.test(url)) &&
      isText(username, 300) &&
      isText(credential, 300);
    if (!whole) return null;
    servers.push(username ? { urls, username, credential } : { urls });
  }
  return servers;
}

function read(readers, found) {
  const reader = Object.hasOwn(readers, found?.type) ? readers[found.type] : null;
  const told = reader ? reader(found) : null;
  return told && { type: found.type, ...told };
}

// What the bridge itself says: {type: "waiting" | "refused" | "say", …} or null.
export function fromBridge(text) {
  const found = object(text);
  return found?.v === VERSION ? read(FROM_BRIDGE, found) : null;
}

// What the hub says in a payload whose signature was checked, or null. `n` must grow.
export function fromHub(payload, { visit, after }) {
  const found = object(payload);
  const fresh = Number.isSafeInteger(found?.n) && found.n > after;
  if (!fresh || found.visit !== visit) return null;
  const told = read(FROM_HUB, found);
  return told && { ...told, n: found.n };
}

export const knock = (token) => JSON.stringify({ type: "knock", v: VERSION, token });

export const say = (payload, signature) =>
  JSON.stringify({ type: "say", v: VERSION, payload, signature });

export const payload = (message, { visit, party, n }) =>
  JSON.stringify({ ...message, visit, party, n });
