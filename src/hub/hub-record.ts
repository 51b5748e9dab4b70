/** The room of the hub's own record, and the import of older state. */
import { isRefusal, refuse, type Decision, type Drafted } from '../incident/decision.ts';
import { withAlertRequests } from '../incident/delivery-routing.ts';
import type { Routing } from '../incident/deliveries.ts';
import type { Draft } from '../incident/event.ts';
import { HUB_STREAM, hubRecord, type HubRecordCommand } from '../incident/hub-record.ts';
import { blankHubState, readHubState, type HubState } from '../incident/hub-state.ts';
import type { Severity } from '../incident/severity.ts';
import type { EventStore, Fold } from '../log/event-store.ts';
import type { Clock } from '../protocol/clock.ts';
import type { SavedAlerts } from './alert-memory.ts';
import type { Oncall } from './oncall.ts';
import { Room, type RoomContext } from './room.ts';
import { commandHash } from './submission.ts';

export type HubRecordRoom = Room<HubState, HubRecordCommand>;

export const hubFold: Fold<HubState, null> = {
  version: 3,
  blank: () => blankHubState,
  evolve: hubRecord.evolve,
  read: readHubState,
  isCold: () => false,
  summary: () => null,
  isSummary: (raw): raw is null => raw === null,
};

export async function openHubRecord(
  context: Omit<RoomContext<HubState, HubRecordCommand>, 'core'> & {
    readonly store: EventStore<HubState, null>;
    readonly oncall: () => Pick<Oncall, 'at'>;
    /** Who is told outside, and how severe an alert is. */
    readonly receivers: () => readonly Routing[];
    readonly severityOf: (alert: string) => Severity;
  },
): Promise<HubRecordRoom> {
  const opened = (await context.store.open(HUB_STREAM)) ?? { epoch: '', head: 0, state: blankHubState };
  return new Room(HUB_STREAM, opened, {
    ...context,
    core: {
      advance: hubRecord.advance,
      decide(state, { id, command, actor }, { now }) {
        if ([...state.silences, ...state.overrides].some((one) => one.id === id))
          return refuse('conflict', `the id ${id} belongs to another silence or override`);
        const drafts = hubRecord.decide(state, command, { now, actor, ...context.oncall().at(now) });
        const { receivers, severityOf } = context;
        const all = isRefusal(drafts) ? drafts : withAlertRequests(state, drafts, receivers(), now, severityOf);
        // The store's event type is that of incidents; it stores any kind alike.
        return all as Decision<Drafted> as Decision<Draft>;
      },
    },
  });
}

/** Imports silences and acknowledgements that an older hub kept in `alerts.json`, unless recorded already. */
export async function importSavedAlerts(
  saved: SavedAlerts | null,
  record: HubRecordRoom,
  acknowledged: readonly { readonly alert: string; readonly by: string; readonly at: string; readonly until: string }[],
  clock: Pick<Clock, 'wall'>,
  newId: (ms: number) => string,
): Promise<void> {
  const wall = clock.wall();
  const now = new Date(wall).toISOString();
  const { silences, acknowledgements } = record.state;
  const imports: { readonly id: string; readonly by: string; readonly command: HubRecordCommand }[] = [];
  for (const { id, by, matcher, why, until } of saved?.silences ?? [])
    if (until > now && !silences.some((silence) => silence.id === id))
      imports.push({ id, by, command: { kind: 'silence', matcher, why, until } });
  for (const { alert, by, at, until } of acknowledged)
    if (acknowledgements[alert] === undefined)
      imports.push({
        id: newId(wall),
        by,
        command: { kind: 'acknowledge_alert', alert, at, forMs: Math.max(1, Date.parse(until) - wall) },
      });
  for (const { id, by, command } of imports) {
    const origin = { client: `import ${id}`, n: 1, hash: commandHash(null, command) };
    await record.execute({ origin, id, command, actor: { name: by, observer: false, via: 'import' } });
  }
}
