// The invitation in a link: `#PAYLOAD.SIGNATURE.PRIVATE`. Pure.
// Whether the clinic signed it is for bridge and hub to say; here it is only read.

import { fromText, fromUtf8 } from "./octets.js";

const MOST = 4096;
const POINT = 65; // a P-256 public key as WebCrypto's "raw" has it: 4, x, y
const NUMBER = 32;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

// Returns {token, visit, who, hubKey, pageKey, privateNumber}, or null for what is no whole link.
export function read(fragment) {
  const parts = fragment.replace(/^#/, "").split(".");
  if (parts.length !== 3 || fragment.length > MOST) return null;
  try {
    const [payload, signature, own] = parts.map(fromText);
    const told = JSON.parse(fromUtf8(payload));
    const hubKey = fromText(told.hub_key);
    const pageKey = fromText(told.page);
    const whole =
      told.v === 1 &&
      typeof told.visit === "string" &&
      ID.test(told.visit) &&
      [hubKey, pageKey].every((key) => key.length === POINT && key[0] === 4) &&
      own.length === NUMBER &&
      signature.length === 64;
    if (!whole) return null;
    return {
      token: `${parts[0]}.${parts[1]}`,
      visit: told.visit,
      hubKey,
      pageKey,
      privateNumber: own,
    };
  } catch {
    return null;
  }
}
