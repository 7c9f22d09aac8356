// Octets as text: base64url without padding, as in the link, and UTF-8. Pure.

const TEXT = /^[A-Za-z0-9_-]*$/;

export function fromText(text) {
  if (!TEXT.test(text)) throw new TypeError("no base64url");
  const octets = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
    letter.charCodeAt(0),
  );
  if (toText(octets) !== text) throw new TypeError("no base64url");
  return octets;
}

export function toText(octets) {
  const plain = btoa(String.fromCharCode(...octets));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const utf8 = (text) => new TextEncoder().encode(text);

export const fromUtf8 = (octets) => new TextDecoder("utf-8", { fatal: true }).decode(octets);
