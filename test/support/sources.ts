/** A hub with a system that may report, and requests as that system sends them. */
import { expect } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import { newToken } from '../../src/hub/tokens.ts';
import { hashOf } from '../../src/protocol/handshake.ts';
import { ask, type Opened } from './room.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface Source {
  readonly token: string;
  /** `where`: the path behind `/v1/`. */
  post(where: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Lets `name` report to the hub of `ana`. */
export async function sourceAt(httpUrl: string, ana: Client, name = 'prod'): Promise<Source> {
  const token = newToken();
  const hash = hashOf(token).toString('hex');
  expect(await ask(ana, { kind: 'add_intake', name, hash }, null)).toMatchObject({ done: {} });
  return sourceWith(httpUrl, token);
}

export const sourceWith = (httpUrl: string, token: string): Source => ({
  token,
  async post(where, body, headers = { authorization: `Bearer ${token}` }) {
    const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const answer = await fetch(`${httpUrl}/v1/${where}`, { method: 'POST', body: text, headers });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  },
});

/** A hub that looks at its alerts often, a console on it, and a system that may report. */
export async function reportedTo(
  opened: Opened,
  dir: string,
  options: Partial<HubOptions> = {},
): Promise<{ readonly hub: Hub; readonly ana: Client; readonly source: Source }> {
  const hub = await opened.hub(dir, { ...options, limits: { stepMs: 50, ...options.limits } });
  const ana = await opened.client(hub, 'ana');
  return { hub, ana, source: await sourceAt(hub.httpUrl, ana) };
}
