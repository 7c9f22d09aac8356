// Signs what the page says, and checks what the hub says: ECDSA on P-256 with SHA-256.

import { fromText, toText, utf8 } from "./octets.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const HASH = { name: "ECDSA", hash: "SHA-256" };
const FROM = { page: "hearth/visit/1\npage\n", hub: "hearth/visit/1\nhub\n" };

// Returns {signed, checked} for an invitation; fails when its private number is not its page key's.
export async function keys({ hubKey, pageKey, privateNumber }) {
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: toText(privateNumber),
    x: toText(pageKey.slice(1, 33)),
    y: toText(pageKey.slice(33)),
  };
  const own = await crypto.subtle.importKey("jwk", jwk, CURVE, false, ["sign"]);
  const hub = await crypto.subtle.importKey("raw", hubKey, CURVE, false, ["verify"]);
  return {
    async signed(payload) {
      const made = await crypto.subtle.sign(HASH, own, utf8(FROM.page + payload));
      return toText(new Uint8Array(made));
    },
    async checked(payload, signature) {
      try {
        const octets = utf8(FROM.hub + payload);
        return await crypto.subtle.verify(HASH, hub, fromText(signature), octets);
      } catch {
        return false;
      }
    },
  };
}
