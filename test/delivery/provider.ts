/** A provider on this machine: checks every request by the provider's own schema, answers as the test says, and counts. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { listen, type Peer } from '../probes/peers.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Undefined where the body is none. */
  readonly json: unknown;
}
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}
/** `good`: as the provider answers when all is well · `hang`: never · `cut`: the connection ends after the request. */
export type Behaviour = 'good' | 'garbage' | 'hang' | 'cut' | Reply;

export interface ProviderOptions {
  /** What is wrong with a request by the provider's schema; empty: nothing. */
  readonly check: (request: Request) => readonly string[];
  readonly good: (request: Request) => Reply;
}

export class Provider {
  readonly url: string;
  readonly requests: Request[] = [];
  /** What `check` found, in all requests. */
  readonly faults: string[] = [];
  /** How the next requests are answered, one each; then `good`. */
  script: Behaviour[] = [];
  readonly #peer: Peer;

  private constructor(peer: Peer) {
    this.#peer = peer;
    this.url = `http://127.0.0.1:${peer.port}`;
  }

  static async open({ check, good }: ProviderOptions): Promise<Provider> {
    const server = http.createServer(async (message, response) => {
      const body = (await message.setEncoding('utf8').toArray()).join('');
      const { method = '', url = '', headers } = message;
      const request: Request = { method, path: url, headers, body, json: jsonIn(body) };
      provider.requests.push(request);
      provider.faults.push(...check(request));
      const behaviour = provider.script.shift() ?? 'good';
      if (behaviour === 'hang') return;
      if (behaviour === 'cut') return void message.socket.destroy();
      // Garbage repeats all it was sent: what of that reaches an error is seen.
      const garbage: Reply = { status: 200, body: `<html>${JSON.stringify(headers)} ${url} ${body}` };
      const reply = behaviour === 'good' ? good(request) : behaviour === 'garbage' ? garbage : behaviour;
      const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(text);
    });
    const provider = new Provider(await listen(server));
    return provider;
  }

  close(): Promise<void> {
    return this.#peer.close();
  }
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Checks by a schema of `test/fixtures/schemas`; `definition`: one of those in it. */
export function bySchema(file: string, definition?: string): (value: unknown) => readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, '../fixtures/schemas', file), 'utf8');
  const whole = JSON.parse(text) as Schema;
  const schema = definition === undefined ? whole : { ...whole, $ref: `#/definitions/${definition}` };
  const validator = new Validator(schema, '7', false);
  return (value) =>
    validator
      .validate(value)
      .errors.map(
        ({ instanceLocation, error }) => `${instanceLocation}: ${error} in ${JSON.stringify(value)?.slice(0, 300)}`,
      );
}
