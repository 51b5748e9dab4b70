/** The declaration, the first entry of every record. */
import * as v from 'valibot';
import { command, drafting, event, type AlertEpisode, type Context } from '../context.ts';
import { refuse } from '../decision.ts';
import { answered, DEFAULT_ROUTE, newRound, pagesShape } from '../paging.ts';
import { deadlinesFrom, plus } from '../policy.ts';
import { SEVERITY_NAME } from '../severity.ts';
import {
  deadlines,
  instant,
  TEXT_LIMITS,
  maybe,
  severityShape,
  short,
  time,
  timeOrNull,
  title,
  why,
} from '../shapes.ts';
import { impactShape } from '../advise.ts';
import { impactDrafts } from './impact.ts';
import { because, lastSet, updateClock } from './folding.ts';

const inherited = v.object({
  detectedAt: time,
  acked: maybe(v.object({ by: v.string(), at: time, identifyDueAt: time })),
  pages: maybe(pagesShape),
});
type Inherited = v.InferOutput<typeof inherited>;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const events = {
  declared: event({
    shape: v.object({
      title: v.string(),
      severity: severityShape,
      drill: v.boolean(),
      detectedAt: time,
      impactStartedAt: timeOrNull,
      deadlines,
      alert: maybe(v.string()),
      runbook: maybe(v.string()),
      why: maybe(v.string()),
      /** Who is paged; absent: nobody by itself. */
      route: maybe(v.string()),
      /** What had become of the alert by then; it counts for the incident. */
      inherited: maybe(inherited),
    }),
    level: 'key',
    mark: () => 'key',
    finds: ['declared'],
    fold(state, { at, by, recorded, data }) {
      const { title, severity, drill, detectedAt, impactStartedAt, deadlines, runbook, inherited, route = null } = data;
      const { acked, pages = [] } = inherited ?? {};
      // Deadlines of paging run from when the hub learned of it: with the first page of the alert, else now.
      const since = pages[0]?.at ?? recorded;
      const ackMs = Date.parse(deadlines.ackDueAt ?? detectedAt) - Date.parse(detectedAt);
      const round = { ...newRound(route, since, plus(since, ackMs)), pages };
      return {
        title,
        severity,
        peakSeverity: severity,
        drill,
        deadlines,
        updateSetAt: updateClock(state, deadlines.updateDueAt, at),
        status: 'declared',
        statusSince: at,
        runbook: runbook ?? null,
        declaredBy: by.name,
        ...(data.alert === undefined ? {} : { alert: data.alert }),
        lastSet: lastSet(state, 'severity', by.name, at),
        timestamps: {
          ...state.timestamps,
          declaredAt: at,
          detectedAt,
          impactStartedAt,
          acknowledgedAt: acked?.at ?? null,
        },
        paging: acked === undefined ? round : answered(round),
        ...(acked === undefined ? {} : { ackedBy: acked.by, identifyDueAt: acked.identifyDueAt }),
      };
    },
    sentence: ({ data: { drill, severity, title, why, inherited } }) =>
      `DECLARED ${severity} ${SEVERITY_NAME[severity]}${drill ? ' DRILL' : ''}: ${title}${because(why)}${inheritance(inherited)}`,
  }),
};
const draft = drafting(events);

export const declarationTopic = {
  events,
  commands: {
    declare: command({
      shape: v.object({
        title,
        severity: severityShape,
        drill: maybe(v.boolean()),
        at: maybe(instant),
        alert: maybe(short(300)),
        runbook: maybe(short(200)),
        why: maybe(why),
        impact: maybe(impactShape),
        /** Who is paged: a route of the on-call configuration. */
        route: maybe(short(100)),
      }),
      pending: ({ severity, title }) => `declare ${severity} ${title}`,
      decide(state, command, context) {
        if (state.head > 0) return refuse('conflict', 'this incident is declared already');
        const { rehearsal = false } = context;
        const drill = rehearsal || command.drill === true;
        // Alerts of a drill begin with the word that is told with every drill.
        const title = command.title.trim().replace(drill ? /^DRILL\s+/ : '', '');
        if (title === '') return refuse('invalid', 'say in one line what is broken');
        if (title.length > TEXT_LIMITS.title)
          return refuse('invalid', `a title has at most ${TEXT_LIMITS.title} characters; this one has ${title.length}`);
        if (CONTROL.test(title)) return refuse('invalid', 'a title is one line without control characters');
        const { severity, at = context.now, alert, runbook, why } = command;
        // What is rehearsed takes over nothing of the real world.
        const episode = alert === undefined || drill !== rehearsal ? undefined : context.alertEpisode?.(alert);
        const detectedAt = episode !== undefined && episode.detectedAt < at ? episode.detectedAt : at;
        const usual = context.onCall === undefined ? undefined : DEFAULT_ROUTE;
        const route = command.route ?? episode?.route ?? usual;
        const deadlines = deadlinesFrom(context.policy, severity, detectedAt, context.now);
        const times = { detectedAt, impactStartedAt: null, deadlines };
        const inherited = episode && inheritedOf(episode, context);
        const data = { title, severity, drill, ...times, alert, runbook, why, route, inherited };
        return [draft(state, context, 'declared', data, { at }), ...impactDrafts(state, context, command.impact, at)];
      },
    }),
  },
};

const inheritedOf = ({ detectedAt, acked, pages }: AlertEpisode, { policy }: Context): Inherited => ({
  detectedAt,
  ...(acked === null
    ? {}
    : { acked: { by: acked.by, at: acked.at, identifyDueAt: plus(acked.at, policy.escalation.identifyMs) } }),
  ...(pages.length === 0 ? {} : { pages }),
});

/** ` · the alert fired at 14:02Z, ana acknowledged it at 14:03Z; paged: L1 ana` */
function inheritance(found: Inherited | undefined): string {
  if (found === undefined) return '';
  const { detectedAt, acked, pages = [] } = found;
  const hhmm = (at: string): string => `${at.slice(11, 16)}Z`;
  const who = acked === undefined ? '' : `, ${acked.by} acknowledged it at ${hhmm(acked.at)}`;
  const called = pages.map(({ level, name }) => `${level} ${name ?? 'nobody'}`).join(', ');
  return ` · the alert fired at ${hhmm(detectedAt)}${who}${called === '' ? '' : `; paged: ${called}`}`;
}
