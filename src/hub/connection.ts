/** One console's socket: what may be written to it, how much waits in it, and how it ends. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../protocol/clock.ts';
import { CLOSE, type FromHub } from '../protocol/messages.ts';
import { asciiFrames, fragments, isOneFrame, textFrame } from './frame.ts';
import type { Limits } from './limits.ts';

/** Who is at the other end, once they said hello. */
export interface PersonSession {
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

interface LongMessage {
  readonly rest: ReturnType<typeof fragments>;
  left: number;
  readonly behind: Buffer[];
  behindBytes: number;
}

export class Connection {
  readonly ws: WebSocket;
  readonly address: string;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** Null before the hello. */
  session: PersonSession | null = null;
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
  /** A long message on its way: what is left of it, and the frames that wait behind it, both with their bytes. */
  #long: LongMessage | null = null;
  #waiters: (() => void)[] = [];
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
    socket.on('drain', () => {
      this.#advance();
      for (const then of this.#waiters.splice(0)) then();
    });
  }

  get open(): boolean {
    return !this.#ended && this.ws.readyState === this.ws.OPEN;
  }

  /** Bytes the network has not taken yet. */
  get waiting(): number {
    return this.#held + (this.#long?.left ?? 0);
  }

  /** Those of them that this connection holds: what is left of a long message is held once for everybody who gets it. */
  get #held(): number {
    return this.#socket.writableLength + (this.#long?.behindBytes ?? 0);
  }

  /**
   * One frame, or several that are short together. A long one goes out in fragments as the network takes them, and what is written
   * meanwhile waits behind it. A connection that would hold too much ends instead, and resumes later.
   */
  write(frames: Buffer): void {
    if (!this.open) return;
    const { softBufferBytes, hardBufferBytes, chunkBelow } = this.#limits;
    const isLong = frames.length > softBufferBytes && isOneFrame(frames);
    const begins = isLong && this.#long === null;
    if (this.#held + (begins ? 0 : frames.length) > hardBufferBytes) return this.end('slow');
    if (this.#long !== null) {
      this.#long.behind.push(frames);
      this.#long.behindBytes += frames.length;
    } else if (!isLong) this.#socket.write(frames);
    else {
      this.#long = { rest: fragments(frames, chunkBelow), left: frames.length, behind: [], behindBytes: 0 };
      this.#advance();
    }
  }

  /** The next fragments of a long message, then what waited behind it. */
  #advance(): void {
    const socket = this.#socket;
    while (this.#long !== null && this.open && !socket.writableNeedDrain) {
      const { value } = this.#long.rest.next();
      if (value) {
        const [header, payload] = value;
        socket.cork();
        socket.write(header);
        socket.write(payload);
        socket.uncork();
        this.#long.left -= payload.length;
        // Taking it is an answer, too: a ping that waits behind it cannot be answered yet.
        this.#unanswered = 0;
      } else {
        const { behind } = this.#long;
        this.#long = null;
        for (const frames of behind) this.write(frames);
      }
    }
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
    this.#waiters.push(then);
  }

  /** Something was heard from them. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Once a second or so: pings when it is time, ends what is dead or stuck. */
  beat(head: number | null): void {
    if (!this.open || this.session === null) return;
    const now = this.#clock.mono();
    const bytes = this.#socket.bytesWritten - this.#socket.writableLength;
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
    this.#long = null;
    this.#waiters = [];
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
