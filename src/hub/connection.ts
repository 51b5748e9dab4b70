/** One console's socket: writing, backpressure, heartbeat, close. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { errorMessage } from '../incident/words.ts';
import type { Clock } from '../protocol/clock.ts';
import { CLOSE, type FromHub } from '../protocol/messages.ts';
import { asciiFrames, fragments, isOneFrame, textFrame } from './frame.ts';
import type { Limits } from './limits.ts';

/** Who is connected; set after the hello. */
export interface PersonSession {
  readonly name: string;
  readonly observer: boolean;
  /** `client` of their commands in the record, bound to the person. */
  readonly origin: string;
  readonly client: string;
  readonly via: 'console' | 'cli';
  readonly live: boolean;
  readonly since: number;
  /** Hash of the invitation; null: the local token. */
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
  session: PersonSession | null = null;
  incident: string | null = null;
  /** Monotonic time at which typing expires. */
  typingUntil = 0;
  typingEnds: NodeJS.Timeout | undefined;
  /** Readings were skipped; the next ones must be complete. */
  behind = false;
  acknowledged = 0;
  /** A command that was told to wait: later ones wait too, to keep their order. */
  heldFrom: { n: number; until: number } | null = null;
  /** Acknowledgements (JSON) to be written together at the end of this turn. */
  #acks: string[] = [];
  /** A long message being written in fragments, and the frames queued behind it. */
  #long: LongMessage | null = null;
  #waiters: (() => void)[] = [];
  readonly #reads: (() => Promise<void> | void)[] = [];
  #isReading = false;
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

  /** Bytes not yet taken by the network. */
  get waiting(): number {
    return this.#held + (this.#long?.left ?? 0);
  }

  /** Bytes held for this connection alone: the rest of a long message is shared by all its receivers. */
  get #held(): number {
    return this.#socket.writableLength + (this.#long?.behindBytes ?? 0);
  }

  /** A long frame goes out in fragments, later frames behind it. A connection over its limit is closed. */
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

  /** Writes the next fragments, then what is queued behind them. */
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
        // Progress proves it alive: a ping queued behind cannot be answered yet.
        this.#unanswered = 0;
      } else {
        const { behind } = this.#long;
        this.#long = null;
        for (const frames of behind) this.write(frames);
      }
    }
  }

  /** Queues an acknowledgement (ASCII JSON) for the next frame of events, or the end of this turn. */
  acknowledge(ack: string): void {
    if (this.#acks.push(ack) === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    if (this.#acks.length > 0) this.write(asciiFrames(this.#acks.splice(0)));
  }

  /** Writes a frame of events and the queued acknowledgements in one write. */
  writeEvents(frame: Buffer): void {
    this.write(this.#acks.length === 0 ? frame : Buffer.concat([frame, asciiFrames(this.#acks.splice(0))]));
  }

  send(message: FromHub): void {
    this.write(textFrame(JSON.stringify(message)));
  }

  whenDrained(then: () => void): void {
    this.#waiters.push(then);
  }

  heard(): void {
    this.#unanswered = 0;
  }

  /** Queues a read: reads are answered in order, one a turn, at the speed of this console's network. */
  read(answer: () => Promise<void> | void): void {
    if (this.#reads.length >= this.#limits.reads) return this.end('malformed', 'too many questions at once');
    this.#reads.push(answer);
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => void this.#readNext());
  }

  async #readNext(): Promise<void> {
    if (!this.open) return;
    if (this.waiting >= this.#limits.chunkBelow) return this.whenDrained(() => void this.#readNext());
    try {
      await this.#reads.shift()?.();
    } catch (error) {
      this.send({ type: 'fault', reason: errorMessage(error) });
    }
    this.#isReading = this.#reads.length > 0;
    if (this.#isReading) setImmediate(() => void this.#readNext());
  }

  /** Called about once a second: pings when due, ends a dead or stuck connection. */
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

  /** Closes with a protocol reason; a peer that does not answer the close is terminated. */
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

/** The protocol limits a close reason to 123 bytes. */
function cut(words: string): string {
  let text = words;
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
