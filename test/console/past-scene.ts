/** An hour of a room with five targets: what a live console shows at any moment, and the readings that a hub kept of it. */
import { HubView } from '../../src/client/hub-view.ts';
import type { Changed, ClientView } from '../../src/client/view.ts';
import { Recorder } from '../../src/hub/recorder.ts';
import type { Event } from '../../src/incident/event.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { filesIn, readingsDir } from '../../src/log/recording-folder.ts';
import type { RecordingSource } from '../../src/client/recording.ts';
import type { FromHub } from '../../src/protocol/messages.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { viewOf, type View } from '../../src/console/view.ts';
import { MemoryDisk } from '../faults/memory-disk.ts';
import { START } from '../incident/story.ts';
import { alertView, person } from '../support/models.ts';
import { CORRECTIONS, NOW, STORY, told } from '../support/recorded.ts';
import * as said from '../support/readings.ts';

export const { incident: INCIDENT, events: EVENTS } = told([...STORY, ...CORRECTIONS]);
export const BEGIN = START - 25 * 60_000;

const TARGETS = [
  ['checkout', 'http', said.HTTP],
  ['orders-db', 'postgres', said.POSTGRES],
  ['cache', 'redis', said.REDIS],
  ['push', 'websocket', said.WEBSOCKET],
  ['this host', 'host', said.HOST],
] as const;

/** What a target says at that moment: numbers that move, and for a while nothing. */
function readingAt(index: number, at: number): Reading {
  const [name, kind, values] = TARGETS[index]!;
  const second = Math.floor(at / 1000);
  const moved = Object.fromEntries(
    Object.entries(values).map(([metric, value], i) => [
      metric,
      metric.endsWith('_up') ? value : value * (1 + ((second * (i + 7)) % 50) / 100),
    ]),
  );
  const isDown = index === 2 && at > START + 33 * 60_000 && at < START + 35 * 60_000;
  const refused = { up: false, error: { class: 'refused', message: 'connection refused' } as const, samples: [] };
  const rows = kind === 'postgres' ? { rows: said.POSTGRES_DETAIL! } : {};
  return said.reading(name, kind, moved, { at: at - 40, instanceId: 'one', ...rows, ...(isDown && refused) });
}

/** Plays the hour: the recorder of a hub and a live console hear the same. `look` is called with what the console shows. */
export async function live(look: (at: number, view: View) => void): Promise<MemoryDisk> {
  const disk = new MemoryDisk('/data');
  disk.makeDir(`/data/incidents/${INCIDENT.id}`);
  disk.open(`/data/incidents/${INCIDENT.id}/000001.log`, 'create');
  let now = BEGIN;
  const clock = { wall: () => now, mono: () => now };
  const recorder = new Recorder({
    dataDir: '/data',
    clock,
    say: () => {},
    rooms: { get: () => ({ state: INCIDENT }) },
    connections: { tell: () => {} },
    disk,
  });
  const changed = new Set<Changed>();
  const known = new HubView(
    clock,
    INCIDENT.id,
    () => false,
    (what) => void changed.add(what),
  );
  const tell = (message: FromHub): void => {
    known.take(message, now);
    recorder.told(message);
  };
  known.take({ type: 'following', incident: INCIDENT.id, epoch: '', head: 0, mode: 'reset', snapshot: null }, now);
  const targets = TARGETS.map(([name, kind]) => ({ name, kind, intervalMs: 1000 }));
  tell({ type: 'settings', policy: HANDBOOK_POLICY, targets });
  tell({ type: 'oncall', table: null });
  tell({ type: 'deliveries', deliveries: [], more: 0 });
  let given = 0;
  for (; now < NOW; now += 1000) {
    const minute = Math.floor((now - BEGIN) / 60_000);
    recorder.tick();
    for (const index of TARGETS.keys()) {
      const reading = readingAt(index, now);
      known.take({ type: 'readings', now, readings: [reading] }, now);
      recorder.reading(reading);
    }
    if ((now - BEGIN) % 60_000 === 0) {
      const people = ['alice', 'bob', 'carol', 'dan'].slice(0, 1 + (minute % 4)).map((name) => person(name));
      tell({ type: 'presence', people });
      const alerts = minute > 58 ? [alertView('http_5xx', { summary: `5xx is ${minute}` })] : [];
      tell({ type: 'alerts', alerts, total: alerts.length, silences: [], faults: [] });
      await recorder.idle();
    }
    const fresh: Event[] = [];
    while (Date.parse(EVENTS[given]?.recorded ?? '') <= now) fresh.push(EVENTS[given++]!);
    if (fresh.length > 0) {
      known.take({ type: 'events', incident: INCIDENT.id, events: fresh }, now);
      recorder.handle(INCIDENT.id, { events: fresh, texts: [] });
    }
    const link = { state: 'live', since: BEGIN, rttMs: null, reason: null, readOnly: null, hub: 'the past' } as const;
    const shown = (): ClientView => ({
      ...known.settle(new Set<Changed>(['record', 'readings'])),
      you: null,
      link,
      pending: [],
    });
    look(
      now,
      viewOf(
        {
          get view() {
            return shown();
          },
        },
        { me: 'bob', zone: 'utc', now, mono: now },
      ),
    );
  }
  await recorder.close();
  return disk;
}

/** What of the files a replay may read. */
export function sourceOf(disk: MemoryDisk, isThere: (name: string) => boolean = () => true): RecordingSource {
  const dir = readingsDir('/data', INCIDENT.id);
  return {
    files: filesIn(disk, dir).filter(({ name }) => isThere(name)),
    read: ({ name }) => Promise.resolve(disk.readFile(`${dir}/${name}`)),
  };
}
