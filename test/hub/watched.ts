/** A hub with rules, on targets that a test feeds by hand or that are really polled. */
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import type { Event } from '../../src/incident/event.ts';
import { startPoller } from '../../src/probes/poller.ts';
import type { Target } from '../../src/probes/probe.ts';
import type { AlertView } from '../../src/protocol/messages.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { rulesOf } from '../rules/world.ts';
import type { Opened } from '../support/room.ts';

/** What a target says: its values; null: it refuses; absent: it was only guessed at. */
type Said = Readonly<Record<string, number>> | 'absent' | null;

/** A hand on the readings: each `set` is what the target says from then on, ten times a second. */
export class Patient {
  readonly #values = new Map<string, Said>();
  readonly said: string[] = [];
  /** How often its targets were asked. */
  polls = 0;

  set(target: string, values: Said): this {
    this.#values.set(target, values);
    return this;
  }

  /** Options of a hub that looks at this patient. */
  options(rules: string): Partial<HubOptions> {
    return {
      rules: rulesOf(`alerts:\n${rules}`),
      targets: [
        { name: 'cache', kind: 'redis', intervalMs: 1000 },
        { name: 'db', kind: 'postgres', intervalMs: 1000 },
      ],
      limits: { stepMs: 50 },
      say: (line) => void this.said.push(line),
      poller: (onReading) => {
        const timer = setInterval(() => {
          this.polls++;
          for (const [target, values] of this.#values) onReading(reading(target, values));
        }, 50);
        return {
          close: () => {
            clearInterval(timer);
            return Promise.resolve();
          },
        };
      },
    };
  }
}

function reading(target: string, said: Said): Reading {
  const values = said === 'absent' ? null : said;
  return {
    target,
    kind: 'redis',
    at: Date.now(),
    up: values !== null,
    error: values === null ? { class: 'refused', message: 'connection refused' } : null,
    durationMs: 1,
    instanceId: 'one',
    samples: Object.entries(values ?? {}).map(([metric, value]) => ({ metric, labels: {}, value, type: 'gauge' })),
    facts: said === 'absent' ? { absent: 'no server' } : {},
  };
}

/** A hub that really polls these targets, with these rules. */
export function polled(
  opened: Opened,
  dir: string,
  targets: readonly Target[],
  rules: string,
  more: Partial<HubOptions> = {},
): Promise<Hub> {
  return opened.hub(dir, {
    targets,
    rules: rulesOf(`alerts:\n${rules}`),
    limits: { stepMs: 100 },
    poller: (onReading) => startPoller({ targets, onReading }),
    ...more,
  });
}

export const named = (client: Client, rule: string): AlertView | undefined =>
  client.view.alerts?.find((alert) => alert.rule === rule);

/** The alert's changes in the record, as `from>to`. */
export const changes = (client: Client, rule: string): readonly string[] =>
  client.view.events
    .filter((event): event is Event<'alert_changed'> => event.kind === 'alert_changed')
    .flatMap(({ data }) => (data.rule === rule ? [`${data.from}>${data.to}`] : []));
