/** What is left to do once incidents are over: action items and postmortems, over all incidents. Pure. */
import * as v from 'valibot';
import { shortenText } from './bounds.ts';
import type { KnownIncident } from './duplicate.ts';
import { postmortemDueAt, type Measured } from './figures.ts';
import type { Incident } from './incident.ts';
import { isPast, nextItem, type NextItem, type NextRuleItem } from './next-item.ts';
import { isSerious } from './severity.ts';
import { maybe, severityShape, time, timeOrNull, whole, type Fields } from './shapes.ts';

const text = v.string();
const item = {
  seq: whole(1),
  text,
  owner: v.nullable(text),
  due: timeOrNull,
  ticket: v.nullable(text),
  done: v.boolean(),
};
/** What the index has of an incident; absent: it left nothing to do. */
export const storedFollowUpShape = v.object({ actions: v.array(v.object(item)) });
type StoredFollowUp = Fields<typeof storedFollowUpShape>;

export const followUpShape = v.object({
  /** Overdue ones first, then by due date, those that are done last. `overdue`: by the hub's clock. */
  actions: v.array(v.object({ incident: text, title: text, ...item, overdue: v.boolean() })),
  /** Of SEV-0 and SEV-1: those not published first, by due date; of the published ones the newest. */
  postmortems: v.array(
    v.object({
      incident: text,
      title: text,
      severity: severityShape,
      dueAt: time,
      publishedAt: timeOrNull,
      head: whole(0),
    }),
  ),
  /** Action items that have no room in the list. */
  more: maybe(whole(1)),
});
export type FollowUp = Fields<typeof followUpShape>;
export type ActionItem = FollowUp['actions'][number];

/** Characters of an action in the index. How many there are the state bounds. */
const STORED_TEXT = 160;
/** In the answer to a question. */
const MOST = { actions: 1_000, published: 50, due: 200 };

/** The action items of an incident, those due first. */
export function storedFollowUp({ open, done = [] }: Pick<Incident, 'open' | 'done'>): StoredFollowUp | undefined {
  const left = open.filter(({ form }) => form === 'action').sort((a, b) => byDue(a.due, b.due));
  const item =
    (isDone: boolean) =>
    ({ seq, text, to, due, ticket }: Incident['open'][number]) => ({
      seq,
      text: shortenText(text, STORED_TEXT),
      owner: to ?? null,
      due: due ?? null,
      ticket: ticket ?? null,
      done: isDone,
    });
  const actions = [...left.map(item(false)), ...done.map(item(true))];
  return actions.length === 0 ? undefined : { actions };
}

/** What is without a date comes last. */
const byDue = (a: string | null | undefined, b: string | null | undefined): number =>
  (a ?? '~') < (b ?? '~') ? -1 : (a ?? '~') > (b ?? '~') ? 1 : 0;

/** An incident as the index has it. */
export interface FollowedUp extends Measured, Pick<KnownIncident, 'id' | 'title'> {
  readonly head: number;
  /** It is only read here: nobody can do anything about it. */
  readonly imported?: true;
  readonly followUp?: StoredFollowUp;
}

/** Whether it left anything to do, or was written about. */
export const leftSomething = ({ facts, followUp, imported }: FollowedUp): boolean =>
  imported !== true && (followUp !== undefined || isSerious(facts.peakSeverity));

/** Of all incidents. `now`: ms since 1970, hub time; `postmortemMs`: when a postmortem is due after the resolution. */
export function followUpOf(all: readonly FollowedUp[], now: number, postmortemMs: number): FollowUp {
  const known = all.filter(leftSomething);
  const actions = known.flatMap(({ id, title, followUp }) =>
    (followUp?.actions ?? []).map((each) => ({
      incident: id,
      title,
      ...each,
      overdue: !each.done && isPast(each.due, now),
    })),
  );
  actions.sort((a, b) => Number(a.done) - Number(b.done) || byDue(a.due, b.due));
  const postmortems = known.flatMap(({ id: incident, title, head, drill, facts, ...rest }) => {
    const dueAt = drill ? null : postmortemDueAt({ facts, ...rest }, postmortemMs);
    return dueAt === null
      ? []
      : [
          {
            incident,
            title,
            severity: facts.peakSeverity,
            dueAt,
            publishedAt: facts.postmortemPublishedAt ?? null,
            head,
          },
        ];
  });
  const due = postmortems.filter(({ publishedAt }) => publishedAt === null).sort((a, b) => byDue(a.dueAt, b.dueAt));
  const published = postmortems
    .filter(({ publishedAt }) => publishedAt !== null)
    .sort((a, b) => byDue(b.publishedAt, a.publishedAt));
  const more = actions.length - MOST.actions;
  return {
    actions: actions.slice(0, MOST.actions),
    postmortems: [...due.slice(0, MOST.due), ...published.slice(0, MOST.published)],
    ...(more > 0 && { more }),
  };
}

/** The part that consoles are told without asking: what is not done. */
export const openOf = ({ actions, postmortems, ...more }: FollowUp): FollowUp => ({
  ...more,
  actions: actions.filter(({ done }) => !done),
  postmortems,
});

/** What is to be done on a quiet day: postmortems that are due, and the action items of who asks that are late. */
export const followUpItems = ({ actions, postmortems }: FollowUp, me: string, now: number): readonly NextItem[] =>
  [
    ...postmortems
      .filter(({ publishedAt }) => publishedAt === null)
      .map(({ incident, title, dueAt }): NextRuleItem => ({
        what: 'postmortem',
        text: `postmortem of ${title}`,
        by: ['ic'],
        dueAt,
        command: `warroom postmortem --edit --incident ${incident}`,
      })),
    ...actions
      .filter(({ overdue, owner }) => overdue && owner === me)
      .map(({ incident, seq, text, due }): NextRuleItem => ({
        what: 'action',
        text: `do #${seq} ${text}`,
        by: [me],
        dueAt: due,
        command: `warroom actions done '${incident}#${seq}'`,
        ref: seq,
      })),
  ].map((item) => nextItem(item, now));
