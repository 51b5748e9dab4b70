/** A bare WebSocket on a hub: says exactly what a test wants said. */
import { WebSocket, type ClientOptions } from 'ws';
import type { Hub } from '../../src/hub/hub-options.ts';
import { PROTOCOL, type FromHub, type ToHub } from '../../src/protocol/messages.ts';
import { isUnreadable, readFromHub } from '../../src/protocol/validate.ts';
import { until } from './patience.ts';

export class Raw {
  readonly ws: WebSocket;
  readonly heard: FromHub[] = [];
  /** How the connection ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** `open`, or the HTTP status or error that refused the upgrade. */
  readonly opened: Promise<string>;

  constructor(hub: Pick<Hub, 'url'>, options: ClientOptions = {}, path = '/v1/ws') {
    this.ws = new WebSocket(`${hub.url}${path}`, { perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) =>
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    this.opened = new Promise((resolve) => {
      this.ws.on('open', () => resolve('open'));
      this.ws.on('unexpected-response', (request, response) => {
        resolve(String(response.statusCode));
        request.destroy();
      });
      this.ws.on('error', (error) => resolve(error.message));
    });
    this.ws.on('message', (data: Buffer) => {
      const message = readFromHub(data.toString());
      if (isUnreadable(message)) throw new Error(`the hub said something unreadable: ${message.fault}`);
      if (message.type !== 'unknown') this.heard.push(message);
    });
  }

  /** Connects and says hello. */
  static async hello(
    hub: Pick<Hub, 'url' | 'token'>,
    change: Partial<Extract<ToHub, { type: 'hello' }>> = {},
  ): Promise<Raw> {
    const raw = new Raw(hub);
    await raw.opened;
    raw.say({
      type: 'hello',
      version: PROTOCOL.min,
      token: hub.token,
      name: 'ana',
      client: 'raw-1',
      via: 'cli',
      live: false,
      ...change,
    });
    return raw;
  }

  say(message: ToHub | Record<string, unknown> | string | Buffer): void {
    this.ws.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The first message of this type for which `fits`, now or later. */
  async hear<T extends FromHub['type']>(
    type: T,
    fits: (message: Extract<FromHub, { type: T }>) => boolean = () => true,
  ): Promise<Extract<FromHub, { type: T }>> {
    const isIt = (message: FromHub): message is Extract<FromHub, { type: T }> =>
      message.type === type && fits(message as Extract<FromHub, { type: T }>);
    return until(
      `the hub says ${type}`,
      () => this.heard.find(isIt),
      () => JSON.stringify(this.heard).slice(0, 500),
    );
  }
}
