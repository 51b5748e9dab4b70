/**
 * An incident as the public may know it: the words and facts of its public updates and nothing else, neither its title
 * nor its id, in the shape of Statuspage's public API (v2).
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { parseJson, readAs } from '../incident/shapes.ts';
import { PUBLIC_STATES } from '../incident/public-words.ts';
import type { Severity } from '../incident/severity.ts';
import type { Message, ReceiverKind } from './receiver.ts';
import { clippedLine } from './wording.ts';

/** Worst last. */
export const IMPACTS = ['none', 'minor', 'major', 'critical'] as const;
export type PublicImpact = (typeof IMPACTS)[number];

/** What subscribers of a status page know instead of severities. */
export const PUBLIC_IMPACT: Readonly<Record<Severity, PublicImpact>> = {
  'SEV-0': 'critical',
  'SEV-1': 'major',
  'SEV-2': 'minor',
  'SEV-3': 'none',
};
/** The state of what a person named as affected. */
export const COMPONENT_STATUS: Readonly<Record<Severity, string>> = {
  'SEV-0': 'major_outage',
  'SEV-1': 'partial_outage',
  'SEV-2': 'degraded_performance',
  'SEV-3': 'degraded_performance',
};

const NAME_MAX = 255;
/** The newest updates of an incident that are published; the record has all. */
const UPDATES_MAX = 50;

const componentShape = v.object({ id: v.string(), name: v.string(), status: v.string() });
const updateShape = v.object({
  id: v.string(),
  incident_id: v.string(),
  status: v.picklist(PUBLIC_STATES),
  body: v.string(),
  created_at: v.string(),
  updated_at: v.string(),
  display_at: v.string(),
});
const incidentShape = v.object({
  id: v.string(),
  name: v.string(),
  status: v.picklist(PUBLIC_STATES),
  impact: v.picklist(IMPACTS),
  created_at: v.string(),
  updated_at: v.string(),
  started_at: v.string(),
  monitoring_at: v.nullable(v.string()),
  resolved_at: v.nullable(v.string()),
  components: v.array(componentShape),
  /** The newest first. */
  incident_updates: v.array(updateShape),
  /** Ours: until when people were promised to hear more. */
  next_update_at: v.nullable(v.string()),
  /** Ours: how many older updates are left out. */
  updates_left_out: v.number(),
});
export type PublicIncident = v.InferOutput<typeof incidentShape>;
export type PublicUpdate = PublicIncident['incident_updates'][number];

const answerShape = v.object({ incidents: v.array(incidentShape) });

/** Reads what `incidents.json` holds; null: it holds something else. */
export const readIncidents = (text: string): readonly PublicIncident[] | null =>
  readAs(answerShape, parseJson(text))?.incidents ?? null;

/** Of receivers for the public. */
export const ONLY_UPDATES: NonNullable<ReceiverKind['takes']> = {
  kinds: ['update'],
  words: 'update: nothing else is for the public',
};

/** A short id that tells nothing of what it is made of. */
export const opaqueId = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);

/** A public update, with the incident that it belongs to. */
type Told = Message & {
  readonly incident: NonNullable<Message['incident']>;
  readonly update: NonNullable<Message['update']>;
};
const isTold = (message: Message): message is Told => message.incident !== null && message.update !== null;

/** What the public calls the incident. Its title is not meant for them. */
export function publicName({ update, text }: Message): string {
  const words = [update?.component, update?.impact].filter(Boolean).join(': ');
  return clippedLine(words || (text.trim().split('\n')[0] ?? ''), NAME_MAX) || 'Incident';
}

/** What the public was told of one incident; null: nothing yet. */
export function publicIncident(messages: readonly Message[]): PublicIncident | null {
  const told = messages.filter(isTold);
  const [newest, oldest] = [told[0], told.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const { incident, update, at } = newest;
  const id = opaqueId(incident.id);
  const isOver = update.state === 'resolved';
  const component = update.component?.toWellFormed() ?? null;
  return {
    id,
    // The last that was named; without any, the name stays what it was at first.
    name: publicName(told.find((one) => one.update.component !== null || one.update.impact !== null) ?? oldest),
    status: update.state,
    // While people are told that something is wrong, nothing may say that all is well.
    impact: incident.severity === 'SEV-3' ? 'minor' : PUBLIC_IMPACT[incident.severity],
    created_at: oldest.at,
    updated_at: at,
    started_at: oldest.at,
    monitoring_at: told.find((one) => one.update.state === 'monitoring')?.at ?? null,
    resolved_at: isOver ? at : null,
    components:
      component === null
        ? []
        : [
            {
              id: opaqueId('component', component),
              name: component,
              status: isOver ? 'operational' : COMPONENT_STATUS[incident.severity],
            },
          ],
    incident_updates: told.slice(0, UPDATES_MAX).map((one) => ({
      // Not the message's id: that differs by receiver, and readers of the feed know an update by this one.
      id: opaqueId(incident.id, one.at, one.text),
      incident_id: id,
      status: one.update.state,
      // Not every reader of JSON takes half a character.
      body: one.text.toWellFormed(),
      created_at: one.at,
      updated_at: one.at,
      display_at: one.at,
    })),
    next_update_at: isOver ? null : update.nextUpdateAt,
    updates_left_out: Math.max(0, told.length - UPDATES_MAX),
  };
}
