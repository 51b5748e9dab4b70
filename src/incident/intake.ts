/** What comes in from systems outside: who may send, the alerts they report, the changes; a topic of the hub's own record. */
import * as v from 'valibot';
import { refuse } from './decision.ts';
import { command, drafting, event, internal, type HubState } from './hub-state.ts';
import { isName, NAME_LENGTH } from './person-name.ts';
import { plus } from './policy.ts';
import { isTooMany, MAX_FIRING, newsOf, newsShape, reportShape, withNews, type Reports } from './reports.ts';
import type { Severity } from './severity.ts';
import { instant, maybe, short, time, type Fields } from './shapes.ts';
import { HOUR, MINUTE } from './time.ts';
import type { Instant } from './vocabulary.ts';

const MAX_INTAKES = 100;
/** Incidents declared within this long are told of a change. */
export const REMEMBERED_MS = 2 * HOUR;
const MAX_CHANGES = 100;

/** It stands in URLs and ids. */
export const INTAKE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** What becomes of alerts that other systems report. */
export interface IntakeSettings {
  /** Who is called for alerts that name no route of ours; null: nobody. */
  readonly route: string | null;
  /** Words of other systems, in small letters, besides those that are known anyway. */
  readonly severities: ReadonlyMap<string, Severity>;
}

/** The sources as they are listed; `firing`: how many alerts of it fire. */
const listedShape = v.array(v.object({ name: v.string(), by: v.string(), at: time, firing: v.number() }));
export type ListedIntake = Fields<typeof listedShape>[number];
export const readIntakes = (json: string): readonly ListedIntake[] => v.parse(listedShape, JSON.parse(json));

const change = { what: short(500), by: short(NAME_LENGTH), link: maybe(short(500)), key: maybe(short(200)) };

/** As long as an alert goes on of which nothing is known (`rules/alert.ts`). */
const REVOKED_MS = 15 * MINUTE;

/** Without the alerts of systems that lost their token so long ago that these have expired. */
function reportsAt({ reports, revoked }: HubState, now: Instant): Reports {
  const gone = new Set(Object.keys(revoked).filter((name) => plus(revoked[name] ?? now, REVOKED_MS) <= now));
  if (gone.size === 0) return reports;
  const firing = Object.entries(reports.firing).filter(([, { intake }]) => !gone.has(intake));
  return { ...reports, firing: Object.fromEntries(firing) };
}

const events = {
  /** `hash`: sha256 of the token, which is kept nowhere. */
  intake_added: event({
    shape: v.object({ name: v.string(), hash: v.string() }),
    fold(state, { by, recorded, data: { name, hash } }) {
      const { [name]: _, ...revoked } = state.revoked;
      const intakes = { ...state.intakes, [name]: { hash, by: by.name, at: recorded } };
      return { intakes, reports: reportsAt(state, recorded), revoked };
    },
    sentence: ({ data }) => `let ${data.name} report alerts and changes`,
  }),
  intake_revoked: event({
    shape: v.object({ name: v.string() }),
    fold({ intakes, revoked, reports }, { recorded, data: { name } }) {
      const { [name]: _, ...rest } = intakes;
      const reporting = new Set(Object.values(reports.firing).map(({ intake }) => intake));
      const before = Object.entries(revoked).filter(([other]) => reporting.has(other));
      return { intakes: rest, revoked: { ...Object.fromEntries(before), [name]: recorded } };
    },
    sentence: ({ data }) => `${data.name} may report nothing any more`,
  }),
  /** The news of one request: alerts that fire or say something else, and alerts that are over. */
  alerts_reported: event({
    shape: v.object({ intake: v.string(), source: v.string(), ...newsShape }),
    fold: (state, { recorded, data }) => ({ reports: withNews(reportsAt(state, recorded), data) }),
    sentence({ data: { intake, firing, over } }) {
      const named = firing.slice(0, 3).map(({ name }) => name);
      const more = firing.length > named.length ? ` and ${firing.length - named.length} more` : '';
      const said = [
        ...(firing.length === 0 ? [] : [`${named.join(', ')}${more} firing`]),
        ...(over.length === 0 ? [] : [`${over.length} over`]),
      ];
      return `${intake} reported ${said.join(', ')}`;
    },
  }),
  /** Incidents declared within two hours are told of it, too. */
  change_reported: event({
    shape: v.object(change),
    fold({ changes }, { id, at, by, recorded, data }) {
      const since = plus(recorded, -REMEMBERED_MS);
      return {
        changes: [
          ...changes.filter((one) => one.recorded > since),
          { ...data, id, at, recorded, intake: by.name },
        ].slice(-MAX_CHANGES),
      };
    },
    sentence: ({ data: { what, by, link } }) => `changed: ${what} by ${by}${link === undefined ? '' : ` ${link}`}`,
  }),
};
const draft = drafting(events);

export const intakeTopic = {
  events,
  commands: {
    add_intake: command({
      shape: v.object({
        name: v.pipe(v.string(), v.regex(INTAKE_NAME), v.check(isName, 'it is a name of the hub or of a role')),
        hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'no sha256 in hex')),
      }),
      pending: ({ name }) => `let ${name} report alerts and changes`,
      decide(state, { name, hash }, context) {
        const known = Object.keys(state.intakes);
        if (known.includes(name))
          return refuse('conflict', `there is a source ${name}; revoke it first, or name another`);
        if (known.length >= MAX_INTAKES)
          return refuse('not_now', `there are ${MAX_INTAKES} sources; revoke some first`);
        return [draft(state, context, 'intake_added', { name, hash })];
      },
    }),
    revoke_intake: command({
      shape: v.object({ name: short(40) }),
      pending: ({ name }) => `${name} may report nothing any more`,
      decide(state, { name }, context) {
        if (!Object.hasOwn(state.intakes, name)) return refuse('not_found', `there is no source ${name}`);
        return [draft(state, context, 'intake_revoked', { name })];
      },
    }),
    report_alerts: internal({
      shape: v.object({ intake: short(40), source: short(40), alerts: v.array(reportShape) }),
      decide(state, { intake, source, alerts }, context) {
        const reports = reportsAt(state, context.now);
        const news = newsOf(reports, alerts, context.now);
        if (news.firing.length + news.over.length === 0) return refuse('conflict', 'nothing in the report is new');
        if (isTooMany(reports, news, intake))
          return refuse(
            'not_now',
            `more than ${MAX_FIRING.perSource} alerts of ${intake} would fire, or ${MAX_FIRING.all} in all`,
          );
        return [draft(state, context, 'alerts_reported', { intake, source, ...news })];
      },
    }),
    /** `key`: a change with the same one is the same change. */
    report_change: internal({
      shape: v.object({ ...change, at: maybe(instant) }),
      decide(state, { what, by, link, key, at }, context) {
        if (key !== undefined && state.changes.some((one) => one.key === key)) return refuse('conflict', 'it is known');
        return [draft(state, context, 'change_reported', { what, by, link, key }, { at })];
      },
    }),
  },
};
