// How good the way to the media server is, from the numbers browsers keep. Judging is pure.
const EVERY = 4000, BAD_LOSS = 0.08, BAD_TRIP = 0.8, NEEDED = 3, FEW = 20;

// samples: [{lost, trip}], the newest last: lost as a part of what was sent (0 to 1), trip in seconds, null where not known.
// Bad when most of the last four were.
export function isBad(samples) {
  const recent = samples.slice(-4);
  return recent.filter(({ lost, trip }) => (lost ?? 0) > BAD_LOSS || (trip ?? 0) > BAD_TRIP).length >= NEEDED;
}

// One sample from what two readings say: {coming: Map of stream → {received, lost}, sent, trip} each; sent: the part of ours that
// the media server lost, null where not known. Of what comes the middle one counts: where one person's voice and picture are lost
// and the others' are not, it is their link that is weak and not ours.
export function compare(before, now) {
  const parts = [];
  for (const [stream, { received, lost }] of now.coming) {
    const was = before.coming.get(stream);
    if (!was) continue;
    const came = Math.max(0, received - was.received), missed = Math.max(0, lost - was.lost);
    if (came + missed > FEW) parts.push(missed / (came + missed));
  }
  parts.sort((a, b) => a - b);
  const middle = parts.length ? parts[(parts.length - 1) >> 1] : null;
  const known = [middle, now.sent].filter((part) => part !== null);
  return { lost: known.length ? Math.max(...known) : null, trip: now.trip };
}

async function read(connections) {
  const found = { coming: new Map(), sent: null, trip: null };
  for (const [n, connection] of connections.entries()) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "inbound-rtp") {
        found.coming.set(`${n}/${report.ssrc}`, { received: report.packetsReceived || 0, lost: Math.max(0, report.packetsLost || 0) });
      }
      if (report.type === "remote-inbound-rtp" && report.fractionLost !== undefined) {
        found.sent = Math.max(found.sent ?? 0, report.fractionLost);
      }
      if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
        found.trip = Math.max(found.trip || 0, report.currentRoundTripTime);
      }
    }
  }
  return found;
}

// Watches `connections()` and says told(true) when the link became bad, told(false) when it is good again.
export class LinkWatch {
  constructor(connections, told) {
    this.samples = [];
    this.bad = false;
    this.slow = 0;
    setInterval(async () => {
      const now = await read(connections()).catch(() => null);
      if (now && this.last) {
        const sample = compare(this.last, now);
        if (this.slow >= 2) sample.lost = 1;
        this.samples = [...this.samples.slice(-7), sample];
        const bad = isBad(this.samples);
        if (bad !== this.bad) told((this.bad = bad));
      }
      this.last = now;
      this.slow = 0;
    }, EVERY);
  }

  // The media server itself said that packets are lost.
  slowed() { this.slow += 1; }
}
