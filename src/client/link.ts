/** The connection to a hub: connects, authenticates, watches the heartbeat, reconnects. Never throws. */
import { TLSSocket } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import type { LinkState } from '../../panels/model.ts';
import type { Clock } from '../protocol/clock.ts';
import { hashOf, isSameProof, keyId, newNonce, proofOf } from '../protocol/handshake.ts';
import { CLOSE, DEMANDED, versionsDiffer, type FromHub, type ToHub } from '../protocol/messages.ts';
import type { Outgoing } from './sender.ts';
import { isUnreadable, readFromHub } from '../protocol/validate.ts';
import { HubTime } from './hub-time.ts';
import { linkFailureWords, IMPOSTOR, UNKNOWN_TOKEN, UNPROVABLE, UNPROVEN } from './link-failure.ts';

export interface LinkOptions extends HubLocation {
  readonly name: string;
  readonly client: string;
  readonly via: 'console' | 'cli';
  readonly live: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** Certificates to trust besides the system's (PEM). */
  readonly ca?: string;
  /** Asked before each attempt to reconnect; null: unknown, the last location is tried. */
  readonly locate?: (() => Promise<HubLocation | null>) | undefined;
}
export interface HubLocation {
  /** ws://host:port or wss://host:port */
  readonly url: string;
  /** Never sent: both sides prove that they know it. */
  readonly token: string;
  /** This machine's own token: whoever does not know it is not this machine's hub, which may still start. */
  readonly isOwn?: boolean;
  /** Sha256 of the only certificate to trust, whatever its name and authority; null: trust as the system does. */
  readonly fingerprint?: string | null;
}
interface LinkEvents {
  /** Includes `welcome`, when the state is already live. */
  onMessage(message: FromHub): void;
  onState(): void;
}
interface LinkStatus {
  readonly state: LinkState;
  /** When the state began, ms since 1970 by this machine. */
  readonly since: number;
  readonly reason: string | null;
}

/** The hub sends something every 2 s. Silence is shown after SILENT and ends the connection after DEAD, ms. */
const SILENT = 3_000;
const DEAD = 10_000;
/** How often the round trip is measured, ms. */
const MEASURE = 10_000;
/** After a connection that lasted this long the back-off starts anew, ms. */
const HEALTHY = 10_000;
const HANDSHAKE = 10_000;
/** The longest wait before reconnecting to a hub that can be located, which is on this machine, ms. */
const NEAR = 2_000;
const LONGEST = 64 * 1024 * 1024;
/** After this much work on messages, keys and timers get their turn, ms. */
const TURN_MS = 20;
/** The longest message accepted of a hub that has not proved itself, bytes. */
const LONGEST_CHALLENGE = 4_096;
const BACKOFF = { firstMs: 500, mostMs: 30_000 } as const;

export class Link {
  readonly time: HubTime;
  status: LinkStatus;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  #place: HubLocation;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #liveSince: number | null = null;
  #heard = 0;
  #retry: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;
  /** This hub proved that it knows the token; `#wasLive`: some hub did before. */
  #isProven = false;
  #wasLive = false;
  #told: { readonly now: number; readonly arrived: number } | null = null;
  #closed = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#place = options;
    this.#events = events;
    this.time = new HubTime(options.clock);
    this.status = { state: 'connecting', since: options.clock.wall(), reason: null };
  }

  /** How long a live connection has been silent, ms; null below SILENT. */
  get silentMs(): number | null {
    const silent = this.#options.clock.mono() - this.#heard;
    return this.status.state === 'live' && silent >= SILENT ? silent : null;
  }

  /** Connects; further calls do nothing. */
  start(): void {
    if (this.#watch) return;
    this.#watch = setInterval(() => this.#check(), 1_000);
    this.#connect();
  }

  /** Whether it was handed to the network; it may still not arrive. */
  send(message: Outgoing): boolean {
    if (this.status.state !== 'live' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    // A stored command has the time of this machine's clock; the hub expects its own.
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
      return this.#become('refused', `${url} is no address of a hub: ${linkFailureWords(error, url)}`);
    }
    this.#heard = this.#options.clock.mono();
    this.#isProven = false;
    this.#attend(this.#socket, fingerprint);
  }

  /** Every callback ignores sockets that are no longer the current one. */
  #attend(socket: WebSocket, fingerprint: string | null): void {
    let failure: string | null = null;
    const sentAt = { hello: 0, ping: -MEASURE };
    const hello = this.#hello();
    socket.on('error', (error) => (failure = linkFailureWords(error, this.#place.url)));
    socket.on('close', (code, reason) => {
      if (this.#socket === socket) this.#lost(code, failure, reason.toString('utf8'));
    });
    // Before anything is sent.
    socket.on('upgrade', ({ socket: line }) => {
      // Each part of a long message is a sign of life.
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
        // The round trip is measured from our proof on.
        if (this.#isHub(socket, data, hello)) sentAt.hello = this.#heard = this.#options.clock.mono();
        return;
      }
      const began = this.#options.clock.mono();
      this.#hear(socket, data, isBinary, sentAt);
      busyMs += this.#options.clock.mono() - began;
      if (busyMs < TURN_MS || socket.isPaused) return;
      // A hub that never stops sending must not starve keys and timers.
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

  /** The first message of a hub must prove that it knows the token; it is answered with our proof. */
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

  /** This machine's hub, or one that was live before, may come back; with an unknown token a person has to act. */
  #unproven(reason: string): void {
    if (this.#place.isOwn === true || this.#wasLive) this.#drop(reason);
    else this.#refuse(reason);
  }

  /** `sentAt`: when hello and the last ping were sent, monotonic. */
  #hear(socket: WebSocket, data: Buffer, isBinary: boolean, sentAt: { readonly hello: number; ping: number }): void {
    const arrived = this.#options.clock.mono();
    const message = isBinary ? { fault: 'messages are text' } : readFromHub(data.toString('utf8'));
    if (isUnreadable(message)) return this.#drop(`the hub said what this console does not know: ${message.fault}`);
    if (message.type === 'unknown') return;
    if (message.type === 'readings') this.time.heard(message.now, arrived);
    if (message.type === 'welcome') {
      const { version, min = version, max = version } = message;
      if (version < DEMANDED.min || version > DEMANDED.max) return this.#refuse(versionsDiffer({ min, max }, DEMANDED));
      this.time.forget();
      this.time.told(message.now, arrived, arrived - sentAt.hello);
      this.#liveSince = arrived;
      this.#wasLive = true;
      this.#become('live', null);
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

  #check(): void {
    const now = this.#options.clock.mono();
    if (this.#liveSince !== null && now - this.#liveSince > HEALTHY) this.#attempt = 0;
    if (this.#socket && now - this.#heard > DEAD) this.#drop(`nothing heard for ${DEAD / 1000} s`);
    else if (this.silentMs !== null) this.#events.onState();
  }

  /** Drops the socket without waiting for the other side, and reconnects. */
  #drop(reason: string): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
    this.#again(reason);
  }

  #refuse(reason: string): void {
    this.#socket?.terminate();
    this.#socket = null;
    this.#become('refused', reason);
  }

  /** `failure`: what failed here. `text`: the other side's reason for closing. */
  #lost(code: number, failure: string | null, text: string): void {
    this.#socket = null;
    const known = Object.values(CLOSE).find((close) => close.code === code);
    if (!this.#isProven) {
      // A hub from before the challenge does not understand the hello.
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
    const { locate, random } = this.#options;
    // Full jitter, so that many consoles do not reconnect at the same time.
    const wait = random() * Math.min(BACKOFF.mostMs, BACKOFF.firstMs * 2 ** this.#attempt++);
    this.#retry = setTimeout(
      () => void this.#locate().then(() => this.#closed || this.#connect()),
      locate ? Math.min(wait, NEAR) : wait,
    );
  }

  async #locate(): Promise<void> {
    this.#place = (await this.#options.locate?.().catch(() => null)) ?? this.#place;
  }

  #become(state: LinkState, reason: string | null): void {
    const since = state === this.status.state ? this.status.since : this.#options.clock.wall();
    this.status = { state, since, reason };
    this.#events.onState();
  }
}
