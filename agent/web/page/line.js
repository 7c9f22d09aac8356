// The line to the bridge: one WebSocket at a time. What an older one still says is not heard.

import { MAX_TEXT, SUBPROTOCOL } from "./messages.js";

const OPEN_LIMIT_MS = 3000; // a first try that met a dead way must not hold up the next

export class Line {
  // `told(type, text)` hears "open", "closed" and "text".
  constructor(url, told) {
    this.url = url;
    this.told = told;
    this.socket = null;
  }

  open() {
    this.close();
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    this.socket = socket;
    this.limit = setTimeout(() => this.#over(socket), OPEN_LIMIT_MS);
    socket.onopen = () => {
      clearTimeout(this.limit);
      if (socket === this.socket) this.told("open");
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket || typeof data !== "string" || data.length > MAX_TEXT) return;
      this.told("text", data);
    };
    socket.onclose = () => this.#over(socket);
  }

  #over(socket) {
    if (socket !== this.socket) return;
    this.close();
    this.told("closed");
  }

  send(text) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  close() {
    clearTimeout(this.limit);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
