/** The line to a hub: connects, says hello, watches the heartbeat, and comes back by itself. Never throws. */
import { TLSSocket } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import type { LinkState } from '../../panels/model.ts';
import type { Clock } from '../protocol/clock.ts';
import { CLOSE, PROTOCOL, versionsDiffer, type FromHub, type ToHub } from '../protocol/messages.ts';
import type { Outgoing } from './sender.ts';
import { isUnreadable, readFromHub } from '../protocol/validate.ts';
import { backoff } from './backoff.ts';
import { HubTime } from './hub-time.ts';

export interface LinkOptions {
  /** ws://host:port or wss://host:port */
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly client: string;
  readonly via: 'console' | 'cli';
  readonly live: boolean;
  readonly clock: Clock;
  /** 0 <= x < 1. */
  readonly random: () => number;
  /** Certificates to trust besides the system's (PEM). */
  readonly ca?: string;
  /** Sha256 of the one certificate to trust, whatever its name and authority; null: as the system does. */
  readonly fingerprint?: string | null;
  /** Where the hub is now, asked before each attempt to come back; null: nowhere known, the old place is tried. */
  readonly locate?: () => Promise<HubLocation | null>;
}
/** Where a hub is, and what lets us in. */
export interface HubLocation {
  readonly url: string;
  readonly token: string;
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
      return this.#become('refused', `${url} is no address of a hub: ${words(error, url)}`);
    }
    this.#heard = this.#options.clock.mono();
    this.#attend(this.#socket, fingerprint);
  }

  /** Every callback asks whether its socket is still the current one: an old one's late news means nothing. */
  #attend(socket: WebSocket, fingerprint: string | null): void {
    let failure: string | null = null;
    const sentAt = { hello: 0, ping: -MEASURE };
    socket.on('error', (error) => (failure = words(error, this.#place.url)));
    socket.on('close', (code, reason) => {
      if (this.#socket === socket) this.#lost(code, failure ?? reason.toString('utf8'));
    });
    // Before anything is said to it, the token above all.
    socket.on('upgrade', ({ socket: line }) => {
      if (this.#socket !== socket || fingerprint === null) return;
      const shown = line instanceof TLSSocket ? line.getPeerCertificate().fingerprint256 : undefined;
      if (shown !== fingerprint) this.#drop('another certificate than that of this machine’s hub');
    });
    socket.on('open', () => {
      if (this.#socket !== socket) return socket.terminate();
      sentAt.hello = this.#options.clock.mono();
      socket.send(JSON.stringify(this.#hello()));
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

  #hello(): ToHub {
    const { name, client, via, live } = this.#options;
    return { type: 'hello', version: PROTOCOL.min, ...PROTOCOL, token: this.#place.token, name, client, via, live };
  }

  /** `sentAt`: when hello and the last ping went out, monotonic. */
  #hear(socket: WebSocket, data: Buffer, isBinary: boolean, sentAt: { readonly hello: number; ping: number }): void {
    const arrived = this.#options.clock.mono();
    const wasSilent = this.silentMs !== null;
    this.#heard = arrived;
    if (wasSilent) this.#events.onState();
    const message = isBinary ? { fault: 'messages are text' } : readFromHub(data.toString('utf8'));
    if (isUnreadable(message)) return this.#drop(`the hub said what this console does not know: ${message.fault}`);
    if (message.type === 'unknown') return;
    if (message.type === 'readings') this.time.heard(message.now, arrived);
    if (message.type === 'welcome') {
      const { version, min = version, max = version } = message;
      if (version < PROTOCOL.min || version > PROTOCOL.max) return this.#refuse(versionsDiffer({ min, max }, PROTOCOL));
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

  #welcome(now: number, arrived: number, rttMs: number): void {
    this.time.forget();
    this.time.told(now, arrived, rttMs);
    this.#liveSince = arrived;
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

  #lost(code: number, text: string): void {
    this.#socket = null;
    const known = Object.values(CLOSE).find((close) => close.code === code);
    if (known && !known.retry) return this.#become('refused', text || known.reason);
    this.#again(text || known?.reason || 'the line was cut');
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

/** Why the line is lost, when the machine answers and no hub does. */
export const NOBODY = 'nobody listens there';

/** What a system error means, by its code, which says more than its message. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: NOBODY,
  ENOTFOUND: 'the name is not known',
  EHOSTUNREACH: 'there is no way to that machine',
  ETIMEDOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: write ws:// instead of wss://',
  EPROTO: 'it does not speak TLS: write ws:// instead of wss://',
};
const UNTRUSTED =
  'no authority that this machine trusts has signed its certificate; if you trust it, put the certificate, or that of its authority, into a file and set NODE_EXTRA_CA_CERTS=FILE';
const UNTRUSTED_CODES = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
/** What a hub that speaks TLS does to somebody who does not. */
const TLS_CODES = /^(?:HPE_|ECONNRESET$)/;

/** Why there is no line to the hub at `url`, in words. */
function words(error: unknown, url: string): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNTRUSTED_CODES.test(code)) return UNTRUSTED;
  if (TLS_CODES.test(code)) {
    const hint = url.startsWith('ws:') ? '; if the hub has a certificate, write wss:// instead of ws://' : '';
    return `${code === 'ECONNRESET' ? 'the line was cut' : 'what answers there is no hub without TLS'}${hint}`;
  }
  return FAILURES[code] ?? (error.message || code || 'unknown error');
}
