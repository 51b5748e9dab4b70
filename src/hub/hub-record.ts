/** The room of the hub's own record, and the import of older state. */
import { isRefusal, refuse, type Decision, type Drafted } from '../incident/decision.ts';
import { withAlertRequests } from '../incident/delivery-routing.ts';
import type { Draft } from '../incident/event.ts';
import { HUB_STREAM, hubRecord, type HubRecordCommand } from '../incident/hub-record.ts';
import { blankHubState, readHubState, type HubState } from '../incident/hub-state.ts';
import type { Fold, Opened } from '../log/event-store.ts';
import type { Severity } from '../incident/severity.ts';
import type { HubContext } from './hub-context.ts';
import type { SavedAlerts } from './alert-memory.ts';
import type { Oncall } from './oncall.ts';
import type { Subscribers } from './subscribers.ts';
import { Room } from './room.ts';
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

interface HubRecordContext extends Pick<HubContext, 'clock' | 'limits' | 'newId' | 'onBug' | 'hubStore' | 'receivers'> {
  readonly read: { readonly record: Opened<HubState> | null };
  readonly oncall: Pick<Oncall, 'at'>;
  readonly alerting: { severityOf(alert: string): Severity };
  readonly maintenance: { tellWritable(): void };
  readonly recordSubscribers: Subscribers;
}

export function hubRecordRoom(hub: HubRecordContext): HubRecordRoom {
  const { clock, limits, newId, onBug, read, hubStore: store } = hub;
  return new Room(HUB_STREAM, read.record ?? { epoch: '', head: 0, state: blankHubState }, {
    clock,
    limits,
    newId,
    onBug,
    store,
    committed: (stream, batch) => hub.recordSubscribers.committed(stream, batch),
    onFault: () => hub.maintenance.tellWritable(),
    core: {
      advance: hubRecord.advance,
      decide(state, { id, command, actor }, { now }) {
        if ([...state.silences, ...state.overrides].some((one) => one.id === id))
          return refuse('conflict', `the id ${id} belongs to another silence or override`);
        const drafts = hubRecord.decide(state, command, { now, actor, ...hub.oncall.at(now) });
        const severityOf = (alert: string) => hub.alerting.severityOf(alert);
        const all = isRefusal(drafts) ? drafts : withAlertRequests(state, drafts, hub.receivers(), now, severityOf);
        // The store's event type is that of incidents; it stores any kind alike.
        return all as Decision<Drafted> as Decision<Draft>;
      },
    },
  });
}

/** Imports silences and acknowledgements that an older hub kept in `alerts.json`, unless recorded already. */
export async function importSavedAlerts(
  hub: Pick<HubContext, 'clock' | 'newId'> & {
    readonly read: { readonly alerts: SavedAlerts | null };
    readonly record: HubRecordRoom;
    readonly alerting: {
      acknowledged(): readonly Readonly<Record<'alert' | 'by' | 'at' | 'until', string>>[];
    };
  },
): Promise<void> {
  const { clock, newId, read, record, alerting } = hub;
  const wall = clock.wall();
  const now = new Date(wall).toISOString();
  const { silences, acknowledgements } = record.state;
  const imports: { readonly id: string; readonly by: string; readonly command: HubRecordCommand }[] = [];
  for (const { id, by, matcher, why, until } of read.alerts?.silences ?? [])
    if (until > now && !silences.some((silence) => silence.id === id))
      imports.push({ id, by, command: { kind: 'silence', matcher, why, until } });
  for (const { alert, by, at, until } of alerting.acknowledged())
    if (!Object.hasOwn(acknowledgements, alert))
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
