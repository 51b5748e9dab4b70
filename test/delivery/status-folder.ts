/** A status page in a folder of its own, and what can be read there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAtomFeed } from 'feedsmith';
import { afterAll, expect } from 'vitest';
import type { Message } from '../../src/delivery/receiver.ts';
import statusFiles from '../../src/delivery/receivers/status-files.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { message, sendContext } from './messages.ts';

const root = mkdtempSync(path.join(tmpdir(), 'warroom-status-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** An update for the public; what is not given is the usual, or nothing. */
export function update(
  given: Partial<Omit<Message, 'incident' | 'update'>> & {
    readonly incident?: Partial<NonNullable<Message['incident']>>;
    readonly update?: Partial<NonNullable<Message['update']>>;
  } = {},
): Message {
  const usual = message('update', { at: '2026-11-23T14:05:00.000Z' });
  return {
    ...usual,
    ...given,
    incident: { ...usual.incident!, id: '2026-11-23-websocket-servers-unreachable', ...given.incident },
    update: { state: 'investigating', component: null, impact: null, nextUpdateAt: null, ...given.update },
  };
}

/** Each `tell` is a new process as far as the receiver can know: it keeps nothing. */
export function page(more: Record<string, unknown> = {}) {
  const dir = path.join(root, String(++folders));
  const reader = new SettingsReader({ dir, title: 'Example', ...more });
  const settings = statusFiles.read(reader);
  expect(reader.faults).toEqual([]);
  const told = new Map<string, Message[]>();
  return {
    dir,
    send: (one: Message, updates: readonly Message[] = []) =>
      statusFiles.send(
        settings,
        one,
        sendContext({ now: Date.parse('2026-11-23T14:05:01.000Z'), updates: () => Promise.resolve(updates) }),
      ),
    async tell(given: Parameters<typeof update>[0]) {
      const one = update(given);
      const updates = [one, ...(told.get(one.incident!.id) ?? [])];
      told.set(one.incident!.id, updates);
      const outcome = await this.send(one, updates);
      expect(outcome.state).toBe('delivered');
      return outcome;
    },
    html: () => readFileSync(path.join(dir, 'index.html'), 'utf8'),
    feed: () => parseAtomFeed(readFileSync(path.join(dir, 'history.atom'), 'utf8')),
    api: (name: string) => JSON.parse(readFileSync(path.join(dir, `api/v2/${name}.json`), 'utf8')) as Api,
  };
}
interface Api {
  readonly page: { readonly id: string; readonly name: string; readonly url: string; readonly updated_at: string };
  readonly status: { readonly indicator: string; readonly description: string };
  readonly components: readonly { readonly name: string; readonly status: string }[];
  readonly incidents: readonly {
    readonly name: string;
    readonly status: string;
    readonly impact: string;
    readonly resolved_at: string | null;
    readonly shortlink: string;
    readonly incident_updates: readonly { readonly body: string; readonly status: string }[];
  }[];
}
export const filesOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
