// One connection to the hub: answers its offer with a complete description, plays what comes.

import { fingerprint } from "./sdp.js";

const GATHER_LIMIT_MS = 1500; // a TURN server that does not answer must not hold up the visit
const BITRATE = 800_000;

export class Call {
  // `told(type, detail)` hears: track, connected, disconnected, failed, note.
  constructor(offer, told) {
    this.id = offer.call;
    this.offer = offer;
    this.told = told;
    this.stream = new MediaStream();
    this.pc = new RTCPeerConnection({ iceServers: offer.ice, bundlePolicy: "max-bundle" });
    this.pc.ontrack = ({ track }) => {
      this.stream.addTrack(track);
      this.told("track", track);
    };
    this.pc.onconnectionstatechange = () => {
      const { connectionState } = this.pc;
      if (["connected", "disconnected", "failed"].includes(connectionState)) {
        this.told(connectionState);
      }
    };
    this.pc.ondatachannel = ({ channel }) => {
      this.channel = channel;
      channel.onmessage = ({ data }) => this.told("note", data);
      channel.onopen = () => this.told("open");
      if (channel.readyState === "open") this.told("open");
      // The hub's end was closed, not only lost: there is nothing to wait for.
      channel.onclose = () => this.told("failed");
    };
  }

  // Returns {sdp, hub, page}: the answer and both fingerprints. Throws for an offer that cannot be.
  async answer(tracks) {
    const { pc } = this;
    const hub = fingerprint(this.offer.sdp);
    if (!hub) throw new TypeError("no single fingerprint");
    await pc.setRemoteDescription({ type: "offer", sdp: this.offer.sdp });
    for (const transceiver of pc.getTransceivers()) {
      // Both ways even without a camera: one that is turned on later needs no new offer.
      transceiver.direction = "sendrecv";
    }
    await this.send(tracks);
    await pc.setLocalDescription(await pc.createAnswer());
    await this.#gathered();
    const { sdp } = pc.localDescription;
    return { sdp, hub, page: fingerprint(sdp) };
  }

  // Sends these tracks from now on; a kind without one is silent, or dark.
  async send(tracks) {
    for (const { sender, receiver } of this.pc.getTransceivers()) {
      const { kind } = receiver.track;
      await sender.replaceTrack(tracks[kind] ?? null);
      if (kind === "video" && tracks.video) await limited(sender);
    }
  }

  note(told) {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify(told));
  }

  stats() {
    return this.pc.getStats();
  }

  close() {
    this.told = () => {};
    this.pc.close();
  }

  #gathered() {
    const { pc } = this;
    if (pc.iceGatheringState === "complete") return null;
    return new Promise((done) => {
      const limit = setTimeout(done, GATHER_LIMIT_MS);
      pc.onicegatheringstatechange = () => {
        if (pc.iceGatheringState !== "complete") return;
        clearTimeout(limit);
        done();
      };
    });
  }
}

async function limited(sender) {
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return; // not negotiated yet
  for (const encoding of parameters.encodings) encoding.maxBitrate = BITRATE;
  await sender.setParameters(parameters);
}
