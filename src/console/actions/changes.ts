/** Mark a change; link and merge incidents; call the roll and answer it. */
import { isEnded } from '../../incident/incident.ts';
import { type Field, type HubAction, authority, filled, noIncident, notOpen } from '../action.ts';
import { readEntry } from '../parse-note.ts';
import type { View } from '../view.ts';

const changeAction: HubAction = {
  name: 'change',
  alias: ['c'],
  does: 'mark a change: a deploy, a flag, a migration',
  usage: '/change [14:01] what [by NAME] [https://...]',
  whyNot: noIncident,
  title: () => 'CHANGE   deploy, flag, migration',
  verb: 'mark it',
  fields: [
    { kind: 'text', name: 'what', ask: 'What changed', needed: true, inline: true },
    { kind: 'text', name: 'by', ask: 'By', inline: true, initial: ({ me }) => me },
    { kind: 'text', name: 'link', ask: 'Link', inline: true },
  ],
  parse(args, view) {
    const [, words = '', link = ''] = /^([\s\S]*?)(?:\s+(https?:\/\/\S+))?$/.exec(args) ?? [];
    const [, what = '', by = view.me] = /^([\s\S]*?)(?:\s+by\s+@?(\S+))?$/.exec(words.trim()) ?? [];
    return { what, by, link };
  },
  print: { mark_change: ({ at, what, by, link }) => [at, what, by && `by ${by}`, link] },
  command(view, { what = '', by = '', link = '' }) {
    const written = readEntry(what, view);
    if ('trouble' in written) return written.trouble;
    const { text, at } = written;
    if (text === '') return 'say what changed';
    return {
      kind: 'mark_change',
      what: text,
      by: by.trim() || view.me,
      ...filled({ link }),
      ...(at === undefined ? {} : { at }),
    };
  },
};

/** The other incidents, the open ones first. */
const others = ({ incidents, incident }: View): View['incidents'] => {
  const rest = incidents.filter(({ id }) => id !== incident?.id);
  return [...rest.filter((each) => !isEnded(each)), ...rest.filter(isEnded)];
};
const noOther = (view: View): string | null =>
  noIncident(view) ?? (others(view).length === 0 ? 'there is no other incident' : null);
const OTHER: Field = {
  kind: 'choice',
  name: 'other',
  ask: 'Incident',
  needed: true,
  // Enter by reflex relates none.
  initial: () => '',
  from: (view) =>
    others(view).map(({ id, severity, title, status }) => ({
      value: id,
      label: `${severity} ${title}`,
      about: status,
    })),
};

/** The only other incident whose id or title has these words; a sentence otherwise. */
function otherNamed(args: string, view: View): { readonly other: string } | string {
  const words = args.toLowerCase();
  const found = others(view).filter(({ id, title }) => id === args || `${id} ${title}`.toLowerCase().includes(words));
  const [only] = found;
  if (only !== undefined && found.length === 1) return { other: only.id };
  return `${found.length === 0 ? 'no other incident matches' : `${found.length} incidents match`} "${args}": /list shows them`;
}

export const relationActions: readonly HubAction[] = [
  changeAction,
  {
    name: 'link',
    does: 'say that another incident has to do with this one; both records tell it',
    usage: '/link ID, or words of its title',
    whyNot: noOther,
    fields: [OTHER],
    parse: otherNamed,
    print: { link: ({ other }) => [other] },
    command: (_view, { other = '' }) => ({ kind: 'link', other }),
  },
  {
    name: 'merge',
    does: 'go on in another incident; this one is over, both records tell it',
    usage: '/merge ID, or words of its title',
    whyNot: (view) => notOpen(view) ?? noOther(view) ?? authority(view, 'merges incidents'),
    title: () => 'MERGE   this incident is over and goes on in another',
    fields: [OTHER],
    parse: otherNamed,
    print: { merge: ({ into }) => [into] },
    command: (_view, { other = '' }) => ({ kind: 'merge', into: other }),
    confirm: ({ incident }) => (incident === null ? null : 'merge'),
  },
  {
    name: 'rollcall',
    does: 'ask everybody to say that they are here',
    whyNot: notOpen,
    fields: [],
    print: { call_roll: () => [] },
    command: () => ({ kind: 'call_roll' }),
  },
  {
    name: 'here',
    does: 'answer the roll call',
    whyNot(view) {
      const { rollCall } = view.incident ?? {};
      if (rollCall === undefined) return notOpen(view) ?? 'nobody called the roll';
      return rollCall.present.includes(view.me) ? 'you answered already' : notOpen(view);
    },
    fields: [],
    print: { answer_roll: () => [] },
    command: () => ({ kind: 'answer_roll' }),
  },
];
