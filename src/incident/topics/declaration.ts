/** The declaration, the first entry of every record. */
import * as v from 'valibot';
import { command, drafting, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { deadlinesFrom } from '../policy.ts';
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
    }),
    level: 'key',
    mark: () => 'key',
    finds: ['declared'],
    fold(state, { at, by, data }) {
      const { title, severity, drill, detectedAt, impactStartedAt, deadlines, runbook } = data;
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
        timestamps: { ...state.timestamps, declaredAt: at, detectedAt, impactStartedAt },
      };
    },
    sentence: ({ data: { drill, severity, title, why } }) =>
      `DECLARED ${severity} ${SEVERITY_NAME[severity]}${drill ? ' DRILL' : ''}: ${title}${because(why)}`,
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
      }),
      pending: ({ severity, title }) => `declare ${severity} ${title}`,
      decide(state, command, context) {
        if (state.head > 0) return refuse('conflict', 'this incident is declared already');
        const title = command.title.trim();
        if (title === '') return refuse('invalid', 'say in one line what is broken');
        if (title.length > TEXT_LIMITS.title)
          return refuse('invalid', `a title has at most ${TEXT_LIMITS.title} characters; this one has ${title.length}`);
        if (CONTROL.test(title)) return refuse('invalid', 'a title is one line without control characters');
        const { severity, drill = false, at = context.now, alert, runbook, why } = command;
        const deadlines = deadlinesFrom(context.policy, severity, at, context.now);
        const times = { detectedAt: at, impactStartedAt: null, deadlines };
        const data = { title, severity, drill, ...times, alert, runbook, why };
        return [draft(state, context, 'declared', data, { at }), ...impactDrafts(state, context, command.impact, at)];
      },
    }),
  },
};
