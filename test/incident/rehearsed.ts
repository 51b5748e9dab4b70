/** Incidents of autumn 2026 whose figures are computed by hand in figures.test.ts. */
import type { Command } from '../../src/incident/command.ts';
import type { Context } from '../../src/incident/context.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import { factsOf, type FiguresOptions, type Measured } from '../../src/incident/figures.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Incident } from '../../src/incident/incident.ts';
import type { Severity } from '../../src/incident/severity.ts';
import { Story } from './story.ts';

interface Rehearsed {
  readonly state: Incident;
  readonly events: readonly Event[];
}
type Said = readonly [time: string, command: Command, more?: Partial<Context>];

/** An incident named by `title`; each command at a time of `day`, or at a full time. */
function lived(title: string, day: string, steps: readonly Said[]): Rehearsed {
  const story = new Story(`${day}-${title}`);
  for (const [time, command, more] of steps) {
    const now = new Date(time.includes('T') ? time : `${day}T${time}Z`).toISOString();
    const answer = story.tell('ana', command, 0, { now, ...more });
    if (isRefusal(answer)) throw new Error(`${title} ${time}: ${answer.reason}`);
  }
  return { state: story.state, events: story.events };
}
const declare = (severity: Severity, more: object = {}): Command => ({
  kind: 'declare',
  title: 'x',
  severity,
  ...more,
});
const ack: Command = { kind: 'acknowledge' };
const publish: Command = { kind: 'publish_postmortem' };
const to = (status: Incident['status']): Command => ({ kind: 'set_status', to: status });

export const REHEARSED: readonly Rehearsed[] = [
  lived('across-midnight', '2026-10-05', [
    ['23:58:30', declare('SEV-1')],
    ['2026-10-06T00:01:10Z', ack],
    ['2026-10-06T00:12:00Z', to('identified')],
    ['2026-10-06T00:48:30Z', to('resolved')],
    ['2026-10-06T09:00:00Z', to('closed')],
    ['2026-10-08T00:48:30Z', publish],
  ]),
  lived('reopened', '2026-10-12', [
    ['10:00:00', declare('SEV-2')],
    ['10:10:00', ack],
    ['10:20:00', to('identified')],
    ['10:40:00', to('resolved')],
    ['11:00:00', to('investigating')],
    ['11:30:00', to('resolved')],
  ]),
  lived('raised', '2026-10-14', [
    ['08:00:00', declare('SEV-3')],
    ['08:20:00', ack],
    ['08:30:00', { kind: 'set_severity', to: 'SEV-1' }],
    ['08:31:00', to('identified')],
    ['09:00:00', to('resolved')],
  ]),
  lived('lowered', '2026-10-15', [
    ['12:00:00', declare('SEV-0')],
    ['12:05:00', ack],
    ['12:06:00', { kind: 'set_severity', to: 'SEV-2' }],
    ['12:15:00', to('identified')],
    ['13:00:01', to('resolved')],
    ['2026-10-16T09:00:00Z', publish],
  ]),
  lived('cancelled', '2026-10-16', [
    ['01:00:00', declare('SEV-0')],
    ['01:30:00', ack],
    ['02:00:00', to('cancelled')],
  ]),
  lived('merged', '2026-10-17', [
    ['01:00:00', declare('SEV-1')],
    ['01:50:00', { kind: 'merge_incident', incident: '2026-10-17-other', title: 'other' }],
  ]),
  lived('drill', '2026-10-19', [
    ['14:00:00', declare('SEV-0', { drill: true })],
    ['14:59:00', ack],
    ['16:00:00', to('resolved')],
    ['16:01:00', to('closed')],
  ]),
  lived('acknowledged-first', '2026-10-20', [
    [
      '07:10:00',
      declare('SEV-1', { alert: 'a' }),
      {
        alertEpisode: () => ({
          detectedAt: '2026-10-20T07:00:00.000Z',
          acked: { by: 'ana', at: '2026-10-20T07:02:00.000Z' },
          pages: [],
          route: null,
        }),
      },
    ],
    // Nobody said what it was.
    ['07:30:00', to('resolved')],
  ]),
  lived('nobody-acknowledged', '2026-10-21', [
    ['18:00:00', declare('SEV-2', { at: '2026-10-21T17:55:00.000Z' })],
    ['18:05:00', to('resolved')],
  ]),
  // 02:30 to 02:40 on the clocks of Berlin, where the hour from 02:00 to 03:00 came twice.
  lived('summer-time-ended', '2026-10-25', [
    ['00:30:00', declare('SEV-1')],
    ['00:34:00', ack],
    ['00:50:00', to('identified')],
    ['01:40:00', to('resolved')],
    ['2026-10-30T10:00:00Z', publish],
  ]),
  lived('yesterday', '2026-11-09', [
    ['10:00:00', declare('SEV-1')],
    ['10:01:00', ack],
    ['10:05:00', to('identified')],
    ['10:10:00', to('resolved')],
  ]),
  lived('open', '2026-11-09', [['23:00:00', declare('SEV-1')]]),
];

export const REHEARSED_OPTIONS: FiguresOptions = {
  since: Date.parse('2026-10-01T00:00:00Z'),
  now: Date.parse('2026-11-10T00:00:00Z'),
  begun: Date.parse('2026-09-01T00:00:00Z'),
  damaged: 0,
  postmortemMs: 48 * 3_600_000,
};

export const measured = ({ state }: Rehearsed): Measured => ({
  status: state.status,
  drill: state.drill,
  declaredAt: state.timestamps.declaredAt ?? '',
  facts: factsOf(state),
});
