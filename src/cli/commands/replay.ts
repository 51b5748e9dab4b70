/** `warroom replay`: an incident as its room was, played on the console, or what every panel showed at one moment. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PANELS } from '../../../panels/index.ts';
import type { FixedPanel } from '../../../panels/panel.ts';
import type { ClientView } from '../../client/view.ts';
import { pastOf, type OpenedPast } from '../../client/record-at-hub.ts';
import { recordingAtHub, type RecordingSource } from '../../client/recording.ts';
import type { RoomClient } from '../../console/app.ts';
import { modelOf } from '../../console/panel-view.ts';
import { PastPlayer } from '../../console/past-player.ts';
import { blankUi } from '../../console/state.ts';
import { readTime } from '../../incident/time-input.ts';
import { clockTime, isoTime, type Zone } from '../../incident/time.ts';
import { ExportFault } from '../../log/exported.ts';
import { ansiText, makeTheme } from '../../terminal/theme.ts';
import type { Line } from '../../terminal/text.ts';
import { EXIT, Exit, print, UsageError, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { myName } from '../paths.ts';
import { pickIncident } from '../queries.ts';
import { readingsBeside } from '../readings.ts';
import { readingHere } from '../session.ts';
import { lookOf } from './open.ts';
import { recordOf } from './record.ts';

const SIZE = { cols: 80, rows: 60 };

export const replay: CliCommand = {
  usage: 'replay [FILE] [--at T]',
  about: 'an incident as its room was, panels and all; on the console, or with --at at one moment as text or --json',
  words: 1,
  async run(context) {
    const opened = await open(context);
    const at = momentOf(context, opened);
    const isShown = !context.json && !context.on('plain') && process.stdin.isTTY && process.stdout.isTTY;
    if (isShown) return play(context, opened, at ?? declaredAt(opened));
    if (at === undefined) throw context.wrong('say which moment: --at 14:02, or --at "#38"');
    await opened.past.show(at);
    printMoment(context, opened);
    return EXIT.ok;
  },
};

/** The past of an incident of the hub, of a data folder, or of an exported record with its readings. */
async function open(context: CliContext): Promise<OpenedPast> {
  const [file] = context.args;
  try {
    if (file !== undefined) {
      if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
      return await pastOf(readFileSync(file), sourceOf(readingsBeside(file)), null);
    }
    return await readingHere(context, async (reader) => {
      const { client, live } = reader;
      const ask = client.ask.bind(client);
      const { id } = pickIncident(context, reader);
      const record = await recordOf(context, reader, id);
      return pastOf(record, await allOf(await recordingAtHub(ask, id).catch(() => null)), live ? client.now() : null);
    });
  } catch (fault) {
    if (!(fault instanceof ExportFault)) throw fault;
    throw new Exit(EXIT.faults, `${file ?? 'the record'}:${fault.line}: ${fault.message}`);
  }
}

const sourceOf = (bytes: Buffer): RecordingSource | null =>
  bytes.length === 0
    ? null
    : { files: [{ name: 'imported.readings', size: bytes.length }], read: () => Promise.resolve(bytes) };

/** All of it, so that the hub is not needed any more. */
async function allOf(source: RecordingSource | null): Promise<RecordingSource | null> {
  if (source === null) return null;
  const files = new Map<string, Buffer | null>();
  for (const file of source.files) files.set(file.name, await source.read(file));
  return { files: source.files, read: ({ name }) => Promise.resolve(files.get(name) ?? null) };
}

const declaredAt = ({ past }: OpenedPast): number => Date.parse(past.events[0]?.recorded ?? '');

/** `--at`: a time, or the number of an entry. */
function momentOf(context: CliContext, { past }: OpenedPast): number | undefined {
  const text = context.text('at')?.trim();
  if (text === undefined) return undefined;
  const seq = /^#(\d{1,9})$/.exec(text)?.[1];
  const entry = past.events.find((event) => event.seq === Number(seq));
  if (seq !== undefined && entry === undefined) throw new UsageError(`--at ${text}: there is no such entry`);
  if (entry !== undefined) return Date.parse(entry.recorded);
  const typed = readPast(text, past.to, zoneOf(context));
  if (typed === null) throw new UsageError(`--at ${text}: write 14:02, "2026-11-23 14:02 UTC" or "#38"`);
  if ('trouble' in typed) throw new UsageError(`--at: ${typed.trouble}`);
  const at = Date.parse(typed.at);
  if (at >= past.from && at <= past.to) return at;
  const [from, to] = [past.from, past.to].map((each) => isoTime(each, zoneOf(context)));
  throw new UsageError(`--at ${text}: the incident has what was from ${from} to ${to}`);
}

/** A time without a date is of the last day of the incident; what came after the incident is not in the future for that. */
function readPast(text: string, to: number, zone: Zone): ReturnType<typeof readTime> {
  const typed = readTime(text, { now: to, zone });
  return typed !== null && 'trouble' in typed ? readTime(text, { now: Date.now(), zone }) : typed;
}

const textOf = (line: Line): string => ansiText(line, makeTheme('auto', 0)).trimEnd();

/** What every panel showed at that moment. */
function printMoment(context: CliContext, opened: OpenedPast): void {
  const { past } = opened;
  const me = myName(context);
  const player = new PastPlayer({ ...opened, isRunning: false, onMoved: () => {}, onTrouble: () => {} });
  const view = player.view({ me, zone: zoneOf(context), mono: 0 }, null);
  const ui = blankUi(SIZE, me, zoneOf(context), context.on('ascii'));
  const model = modelOf({ ...ui, incident: view.incident?.id ?? null }, view);
  const shown = (panel: FixedPanel) => {
    const lines = panel.render(model, SIZE).map(textOf);
    return { id: panel.id, title: panel.title, health: panel.health(model), lines: trimmed(lines) };
  };
  const { header, slotted, timeline, context: beside } = PANELS;
  const panels = [header, ...slotted, timeline, ...beside].map(shown);
  const at = new Date(past.at).toISOString();
  const { density } = past;
  const json = {
    incident: view.incident?.id ?? past.events[0]?.incident,
    at,
    head: view.incident?.head ?? 0,
    readings: density,
    panels,
  };
  print(context, json, [
    `${clockTime(past.at, zoneOf(context))}  ${view.past?.kept ?? ''}`,
    ...panels.flatMap(({ title, health, lines }) => [
      '',
      `${title}${health === 'none' ? '' : `  ${health}`}`,
      ...lines.map((line) => (line === '' ? '' : `    ${line}`)),
    ]),
  ]);
}

/** Without empty lines at the end. */
function trimmed(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, end + 1);
}

/** On the console, which neither reads nor keeps a draft. */
async function play(context: CliContext, opened: OpenedPast, at: number): Promise<number> {
  const { startConsole } = await import('../../console/start.ts');
  const drafts = mkdtempSync(path.join(os.tmpdir(), 'warroom-replay-'));
  try {
    return await startConsole({
      ...lookOf(context),
      me: myName(context),
      dataDir: drafts,
      notify: () => Promise.resolve('bell'),
      connect: () =>
        Promise.resolve({
          client: nobody(opened),
          outbox: { close: () => Promise.resolve() },
          replay: { ...opened, at },
        }),
    });
  } finally {
    rmSync(drafts, { recursive: true, force: true });
  }
}

/** In place of a hub: nothing goes on while the past is played. */
function nobody({ past }: OpenedPast): RoomClient {
  const view: ClientView = { ...past.view, incident: null, events: [], incidents: [], alerts: [], people: [] };
  const none = (): Promise<never> => Promise.reject(new Error('this is a replay'));
  return {
    view,
    onChange: () => () => {},
    submit: none,
    settled: none,
    dismiss: () => {},
    follow: () => {},
    typing: () => {},
    page: () => Promise.resolve([]),
    ask: () => Promise.resolve({ fault: 'this is a replay: no hub is asked' }),
    now: () => past.at,
    close: () => Promise.resolve(),
  };
}
