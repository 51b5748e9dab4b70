/** One console's socket: what may be written to it, how much waits in it, and how it ends. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../protocol/clock.ts';
import { CLOSE, type FromHub } from '../protocol/messages.ts';
import { asciiFrames, textFrame } from './frame.ts';
import type { Limits } from './limits.ts';

/** Who is at the other end, once they said hello. */
export interface Session {
  readonly name: string;
  readonly observer: boolean;
  /** Under which `client` their commands are kept in the record: bound to the token's person. */
  readonly origin: string;
  readonly client: string;
  readonly via: 'console' | 'cli';
  readonly live: boolean;
  /** Since when, ms since 1970. */
  readonly since: number;
  /** The invitation they came with; null for this machine's own token. */
  readonly invite: string | null;
}

export class Connection {
  readonly ws: WebSocket;
  readonly address: string;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** Null before the hello. */
  session: Session | null = null;
  /** The incident they look at. */
  incident: string | null = null;
  /** They write an entry, until then by the monotonic clock: who stops without a word stops counting. */
  typingUntil = 0;
  typingEnds: NodeJS.Timeout | undefined;
  /** Readings were held back; the next ones must be complete. */
  behind = false;
  /** The highest n that was acknowledged on this connection. */
  acknowledged = 0;
  /** A command that was told to wait: those after it wait as well, or the order would change. */
  heldFrom: { n: number; until: number } | null = null;
  /** Acknowledgements that go out together at the end of this turn, as JSON. */
  #acks: string[] = [];
  #unanswered = 0;
  #pingedAt: number;
  #drained = { bytes: 0, at: 0 };
  #ended = false;

  constructor(ws: WebSocket, socket: Socket, address: string, clock: Clock, limits: Limits) {
    this.ws = ws;
    this.#socket = socket;
    this.address = address;
    this.#clock = clock;
    this.#limits = limits;
    this.#pingedAt = clock.mono();
    this.#drained.at = clock.mono();
  }

  get open(): boolean {
    return !this.#ended && this.ws.readyState === this.ws.OPEN;
  }

  /** Bytes the network has not taken yet. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  /**
   * One write of whole frames. A connection that would hold too much ends instead, and resumes later. One large frame
   * (a snapshot) may pass while little waits before it.
   */
  write(frames: Buffer): void {
    if (!this.open) return;
    if (this.waiting > this.#limits.softBufferBytes && this.waiting + frames.length > this.#limits.hardBufferBytes)
      return this.end('slow');
    this.#socket.write(frames);
  }

  /** An acknowledgement, as JSON in ASCII: it goes out with the next frame, or at the end of this turn. */
  acknowledge(ack: string): void {
    if (this.#acks.push(ack) === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    if (this.#acks.length > 0) this.write(asciiFrames(this.#acks.splice(0)));
  }

  /** A frame of entries, and the acknowledgements behind it in the same write. */
  writeEvents(frame: Buffer): void {
    this.write(this.#acks.length === 0 ? frame : Buffer.concat([frame, asciiFrames(this.#acks.splice(0))]));
  }

  send(message: FromHub): void {
    this.write(textFrame(JSON.stringify(message)));
  }

  /** Calls `then` once there is room for the next chunk. */
  whenDrained(then: () => void): void {
    this.#socket.once('drain', then);
  }

  /** Something was heard from them. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Once a second or so: pings when it is time, ends what is dead or stuck. */
  beat(head: number | null): void {
    if (!this.open || this.session === null) return;
    const now = this.#clock.mono();
    const bytes = this.#socket.bytesWritten - this.waiting;
    if (this.waiting === 0 || bytes !== this.#drained.bytes) this.#drained = { bytes, at: now };
    else if (now - this.#drained.at >= this.#limits.stuckMs) return this.end('slow');
    if (now - this.#pingedAt < this.#limits.pingMs) return;
    if (this.#unanswered >= this.#limits.unanswered) return this.end('silent');
    this.#unanswered++;
    this.#pingedAt = now;
    this.send({ type: 'ping', t: now, now: this.#clock.wall(), head });
  }

  /** Closes with one of the protocol's reasons; a peer that does not answer the close is cut off soon after. */
  end(why: keyof typeof CLOSE, words?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { code, reason } = CLOSE[why];
    this.ws.close(code, cut(words ?? reason));
    setTimeout(() => this.ws.terminate(), this.#limits.closeTimeoutMs).unref();
  }
}

/** A close reason has at most 123 bytes. */
function cut(words: string): string {
  let text = words;
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
