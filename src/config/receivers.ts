/** Reads receivers.yaml: who is told outside, and of what. */
import { unknownKind } from './fault.ts';
import path from 'node:path';
import { MESSAGE_KINDS, type MessageKind } from '../incident/deliveries.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { SEVERITIES } from '../incident/severity.ts';
import type { Receiver } from '../delivery/receiver.ts';
import { RECEIVER_KINDS } from '../delivery/receivers/index.ts';
import { isTextSetting, SettingsReader } from '../probes/settings-reader.ts';
import type { YamlFile } from './yaml-file.ts';

const MOST_RECEIVERS = 50;

/** Faults are left in `file`. Relative paths are relative to the file. `routes`: those there are; null: none is known. */
export async function readReceivers(file: YamlFile, routes: readonly string[] | null): Promise<readonly Receiver[]> {
  const items = file.read((top) => top.value('receivers') ?? [], 'the file is empty: write receivers: [] for none');
  if (items === null) return [];
  if (!Array.isArray(items)) {
    file.fault(['receivers'], 'receivers must be a list; each begins with "- name:"');
    return [];
  }
  if (items.length > MOST_RECEIVERS) file.fault(['receivers'], `there are at most ${MOST_RECEIVERS} receivers`);
  const receivers: Receiver[] = [];
  for (const [i, item] of items.entries()) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      file.fault(['receivers', i], 'a receiver must be a map of keys to values');
      continue;
    }
    const settings = new SettingsReader(withPaths(file, item), ['receivers', i]);
    const receiver = await readReceiver(settings);
    for (const [n, route] of receiver?.routes.entries() ?? [])
      if (routes !== null && !routes.includes(route))
        settings.fault(['routes', n], `oncall.yaml has no route ${route}${suggestion(route, routes)}`);
    if (receivers.some(({ name }) => name === receiver?.name))
      settings.fault('name', `there is a receiver named ${receiver?.name} already`);
    file.faultsOf(settings.faults);
    if (receiver !== null) receivers.push(receiver);
  }
  return receivers;
}

async function readReceiver(settings: SettingsReader): Promise<Receiver | null> {
  const name = settings.filled('name') ?? '';
  if (!/^[A-Za-z0-9][\w.-]{0,39}$/.test(name) && name !== '')
    settings.fault('name', 'a name has up to 40 letters, digits and . _ -');
  const kindName = settings.text('kind', null);
  const load = kindName !== null && Object.hasOwn(RECEIVER_KINDS, kindName) ? RECEIVER_KINDS[kindName] : undefined;
  if (load === undefined) {
    settings.fault('kind', unknownKind('receiver', kindName, Object.keys(RECEIVER_KINDS)));
    // Without its kind nobody knows which keys it has.
    for (const key of settings.keys) settings.value(key);
    return null;
  }
  const kind = await load();
  const events = settings.list('events', isMessageKind, `one of ${CHOICES.join(', ')}`);
  const { takes } = kind;
  // What is no event at all is named above.
  if (takes !== undefined)
    settings.list('events', (one): one is MessageKind => !isMessageKind(one) || takes.kinds.includes(one), takes.words);
  return {
    name,
    kindName: kindName ?? '',
    kind,
    events: events.length > 0 ? events : kind.events,
    min: settings.oneOf('min', SEVERITIES, 'SEV-3'),
    routes: settings.list('routes', isTextSetting, 'names of routes in oncall.yaml'),
    drills: settings.flag('drills', false),
    ...(settings.has('zone') && { zone: (await import('./oncall.ts')).readZone(settings, 'UTC') }),
    settings: kind.read(settings),
  };
}

/** A test is asked for, never chosen. */
const CHOICES = MESSAGE_KINDS.filter((kind) => kind !== 'test');
const isMessageKind = (value: unknown): value is MessageKind => CHOICES.some((kind) => kind === value);

const withPaths = (file: YamlFile, item: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(item).map(([key, value]: [string, unknown]) => {
      const isPath = typeof value === 'string' && (['ca', 'dir'].includes(key) || key.endsWith('_file'));
      return [key, isPath ? path.resolve(path.dirname(file.path), value) : value];
    }),
  );
