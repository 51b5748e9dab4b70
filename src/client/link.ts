/** The line to a hub: connects, says hello, watches the heartbeat, and comes back by itself. Never throws. */
import { TLSSocket } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import type { LinkState } from '../../panels/model.ts';
import type { Clock } from '../protocol/clock.ts';
import { hashOf, isSameProof, keyId, newNonce, proofOf } from '../protocol/handshake.ts';
import { CLOSE, DEMANDED, versionsDiffer, type FromHub, type ToHub } from '../protocol/messages.ts';
import type { Outgoing } from './sender.ts';
import { isUnreadable, readFromHub } from '../protocol/validate.ts';
import { backoff } from './backoff.ts';
import { HubTime } from './hub-time.ts';
import { failureWords, IMPOSTOR, UNKNOWN_TOKEN, UNPROVABLE, UNPROVEN } from './link-failure.ts';

export interface LinkOptions extends HubLocation {
  readonly name: string;
  readonly client: string;
  readonly via: 'console' | 'cli';
  readonly live: boolean;
  readonly clock: Clock;
  /** 0 <= x < 1. */
  readonly random: () => number;
  /** Certificates to trust besides the system's (PEM). */
  readonly ca?: string;
  /** Where the hub is now, asked before each attempt to come back; null: nowhere known, the old place is tried. */
  readonly locate?: () => Promise<HubLocation | null>;
}
/** Where a hub is, and what lets us in. */
export interface HubLocation {
  /** ws://host:port or wss://host:port */
  readonly url: string;
  /** It is not sent: both sides prove that they know it. */
  readonly token: string;
  /** It is this machine's own token: who does not know it is no hub of this machine, which may come up yet. */
  readonly isOwn?: boolean;
  /** Sha256 of the one certificate to trust, whatever its name and authority; null: as the system does. */
  readonly fingerprint?: string | null;
}
export interface LinkEvents {
  /** `welcome` included; by then the line is live. */
  onMessage(message: FromHub): void;
  onState(): void;
}

/** The hub sends something every 2 s. Nothing heard for this long is said on screen; and for so long: the line is dead; ms. */
const SILENT = 3_000;
const DEAD = 10_000;
/** How often the round trip is measured, ms. */
const MEASURE = 10_000;
/** A line that held this long was good: the next loss starts from the shortest wait, ms. */
const HEALTHY = 10_000;
const HANDSHAKE = 10_000;
/** A hub that can be located is near: trying costs nobody anything, ms. */
const NEAR = 2_000;
const LONGEST = 64 * 1024 * 1024;
/** After so much work on messages everything else gets its turn, ms. */
const TURN_MS = 20;
/** Nothing longer is read of a hub that has not proved that it is one, bytes. */
const LONGEST_CHALLENGE = 4_096;

export class Link {
  readonly time: HubTime;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  #place: HubLocation;
  #socket: WebSocket | null = null;
  #state: LinkState = 'connecting';
  #reason: string | null = null;
  #since: number;
  #attempt = 0;
  #liveSince: number | null = null;
  #heard = 0;
  #retry: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;
  /** The hub proved that it knows the token; and some hub did before. */
  #isProven = false;
  #wasLive = false;
  #told: { readonly now: number; readonly arrived: number } | null = null;
  #closed = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#place = options;
    this.#events = events;
    this.time = new HubTime(options.clock);
    this.#since = options.clock.wall();
  }

  get state(): LinkState {
    return this.#state;
  }
  /** When the state began, ms since 1970 by this machine. */
  get since(): number {
    return this.#since;
  }
  /** How long a live line has been silent, once that is worth a word; else null; ms. */
  get silentMs(): number | null {
    const silent = this.#options.clock.mono() - this.#heard;
    return this.#state === 'live' && silent >= SILENT ? silent : null;
  }
  /** Why the line is lost or refused, in words. */
  get reason(): string | null {
    return this.#reason;
  }

  start(): void {
    this.#watch = setInterval(() => this.#check(), 1_000);
    this.#connect();
  }

  /** True when it was handed to the network; that says nothing about its arrival. */
  send(message: Outgoing): boolean {
    if (this.#state !== 'live' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    // A command is kept with the time of this machine's clock; the hub reads its own.
    const typedAt = message.type === 'command' && message.typedAt !== undefined ? Date.parse(message.typedAt) : null;
    const sent = typedAt === null ? message : { ...message, typedAt: new Date(this.time.at(typedAt)).toISOString() };
    this.#socket.send(JSON.stringify(sent));
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    if (this.#watch) clearInterval(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => socket.terminate(), 500);
      socket.once('close', () => {
        clearTimeout(cut);
        resolve();
      });
      socket.close(1000);
    });
  }

  #connect(): void {
    const { ca } = this.#options;
    const { url, fingerprint = null } = this.#place;
    const options: ClientOptions = {
      handshakeTimeout: HANDSHAKE,
      perMessageDeflate: false,
      maxPayload: LONGEST,
      followRedirects: false,
      ...(ca === undefined ? {} : { ca }),
      ...(fingerprint === null ? {} : { rejectUnauthorized: false }),
    };
    try {
      this.#socket = new WebSocket(`${url.replace(/\/+$/, '')}/v1/ws`, options);
    } catch (error) {
      return this.#become('refused', `${url} is no address of a hub: ${failureWords(error, url)}`);
    }
    this.#heard = this.#options.clock.mono();
    this.#isProven = false;
    this.#attend(this.#socket, fingerprint);
  }

  /** Every callback asks whether its socket is still the current one: an old one's late news means nothing. */
  #attend(socket: WebSocket, fingerprint: string | null): void {
    let failure: string | null = null;
    const sentAt = { hello: 0, ping: -MEASURE };
    const hello = this.#hello();
    socket.on('error', (error) => (failure = failureWords(error, this.#place.url)));
    socket.on('close', (code, reason) => {
      if (this.#socket === socket) this.#lost(code, failure, reason.toString('utf8'));
    });
    // Before anything is said to it.
    socket.on('upgrade', ({ socket: line }) => {
      // A long message comes in parts: each of them is a sign of life.
      line.on('data', () => {
        if (this.#socket === socket) this.#alive();
      });
      if (this.#socket !== socket || fingerprint === null) return;
      const shown = line instanceof TLSSocket ? line.getPeerCertificate().fingerprint256 : undefined;
      if (shown !== fingerprint) this.#drop('another certificate than that of this machine’s hub');
    });
    socket.on('open', () => {
      if (this.#socket !== socket) return socket.terminate();
      sentAt.hello = this.#options.clock.mono();
      socket.send(JSON.stringify(hello));
    });
    socket.on('pong', () => {
      if (this.#socket !== socket || this.#told === null) return;
      this.time.told(this.#told.now, this.#told.arrived, this.#options.clock.mono() - sentAt.ping);
      this.#told = null;
      this.#events.onState();
    });
    let busyMs = 0;
    socket.on('message', (data: Buffer, isBinary) => {
      if (this.#socket !== socket) return;
      if (!this.#isProven) {
        // From the proof on it is the round trip that is measured.
        if (this.#isHub(socket, data, hello)) sentAt.hello = this.#heard = this.#options.clock.mono();
        return;
      }
      const began = this.#options.clock.mono();
      this.#hear(socket, data, isBinary, sentAt);
      busyMs += this.#options.clock.mono() - began;
      if (busyMs < TURN_MS || socket.isPaused) return;
      // A hub that never stops talking must not keep keys and timers waiting: they get their turn first.
      busyMs = 0;
      socket.pause();
      setImmediate(() => socket.resume());
    });
  }

  #hello(): Extract<ToHub, { type: 'hello' }> {
    const { name, client, via, live } = this.#options;
    const auth = { key: keyId(hashOf(this.#place.token)), nonce: newNonce() };
    return { type: 'hello', version: DEMANDED.min, ...DEMANDED, auth, name, client, via, live };
  }

  /** The first word of a hub proves that it knows the token, and is answered with our proof. Of another one nothing is heard. */
  #isHub(socket: WebSocket, data: Buffer, hello: Extract<ToHub, { type: 'hello' }>): boolean {
    const message = data.length > LONGEST_CHALLENGE ? null : readFromHub(data.toString('utf8'));
    if (message === null || isUnreadable(message) || message.type !== 'challenge') this.#unproven(UNPROVABLE);
    else {
      const { token, isOwn = false } = this.#place;
      const key = hashOf(token);
      this.#isProven = token !== '' && isSameProof(message.proof, proofOf('hub', key, hello, message));
      if (this.#isProven)
        socket.send(JSON.stringify({ type: 'proof', proof: proofOf('console', key, hello, message) }));
      else this.#unproven(isOwn ? IMPOSTOR : UNKNOWN_TOKEN);
    }
    return this.#isProven;
  }

  /** A hub that was there, and this machine's own, may come back; with a token that never was good a person has to look. */
  #unproven(reason: string): void {
    if (this.#place.isOwn === true || this.#wasLive) this.#drop(reason);
    else this.#refuse(reason);
  }

  /** `sentAt`: when hello and the last ping went out, monotonic. */
  #hear(socket: WebSocket, data: Buffer, isBinary: boolean, sentAt: { readonly hello: number; ping: number }): void {
    const arrived = this.#options.clock.mono();
    const message = isBinary ? { fault: 'messages are text' } : readFromHub(data.toString('utf8'));
    if (isUnreadable(message)) return this.#drop(`the hub said what this console does not know: ${message.fault}`);
    if (message.type === 'unknown') return;
    if (message.type === 'readings') this.time.heard(message.now, arrived);
    if (message.type === 'welcome') {
      const { version, min = version, max = version } = message;
      if (version < DEMANDED.min || version > DEMANDED.max) return this.#refuse(versionsDiffer({ min, max }, DEMANDED));
      this.#welcome(message.now, arrived, arrived - sentAt.hello);
    }
    if (message.type === 'ping') {
      this.send({ type: 'pong', t: message.t });
      if (arrived - sentAt.ping >= MEASURE) {
        this.#told = { now: message.now, arrived };
        sentAt.ping = arrived;
        socket.ping();
      }
    }
    this.#events.onMessage(message);
  }

  #alive(): void {
    const wasSilent = this.silentMs !== null;
    this.#heard = this.#options.clock.mono();
    if (wasSilent) this.#events.onState();
  }

  #welcome(now: number, arrived: number, rttMs: number): void {
    this.time.forget();
    this.time.told(now, arrived, rttMs);
    this.#liveSince = arrived;
    this.#wasLive = true;
    this.#become('live', null);
  }

  #check(): void {
    const now = this.#options.clock.mono();
    if (this.#liveSince !== null && now - this.#liveSince > HEALTHY) this.#attempt = 0;
    if (this.#socket && now - this.#heard > DEAD) this.#drop(`nothing heard for ${DEAD / 1000} s`);
    else if (this.silentMs !== null) this.#events.onState();
  }

  /** Gives the socket up at once, without waiting for the other side. */
  #drop(reason: string): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
    this.#again(reason);
  }

  /** Gives up: coming back the same way is of no use. */
  #refuse(reason: string): void {
    this.#socket?.terminate();
    this.#socket = null;
    this.#become('refused', reason);
  }

  /** `failure`: what failed here, in words. `text`: what the other side said last. */
  #lost(code: number, failure: string | null, text: string): void {
    this.#socket = null;
    const known = Object.values(CLOSE).find((close) => close.code === code);
    if (!this.#isProven) {
      // A hub of a version that knows no challenge does not understand the hello.
      if (code === CLOSE.malformed.code) return this.#unproven(UNPROVABLE);
      if (known?.retry === false) return this.#unproven(`${UNPROVEN}, and says: ${text || known.reason}`);
      return this.#again(failure ?? known?.reason ?? 'the line was cut');
    }
    if (known && !known.retry) return this.#become('refused', text || known.reason);
    this.#again(failure ?? (text || known?.reason || 'the line was cut'));
  }

  #again(reason: string): void {
    if (this.#closed) return;
    this.#liveSince = null;
    this.#become('lost', reason);
    const wait = backoff(this.#attempt++, this.#options.random());
    const { locate } = this.#options;
    this.#retry = setTimeout(
      () => void this.#locate().then(() => this.#closed || this.#connect()),
      locate ? Math.min(wait, NEAR) : wait,
    );
  }

  async #locate(): Promise<void> {
    this.#place = (await this.#options.locate?.().catch(() => null)) ?? this.#place;
  }

  #become(state: LinkState, reason: string | null): void {
    if (state !== this.#state) this.#since = this.#options.clock.wall();
    this.#state = state;
    this.#reason = reason;
    this.#events.onState();
  }
}
