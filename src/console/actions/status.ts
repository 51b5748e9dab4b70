/** Set the status of the incident. */
import { leftInWords, leftOf } from '../../incident/topics/status.ts';
import { STATUSES, type Status } from '../../incident/vocabulary.ts';
import { type HubAction, authority, filled, firstWord, noIncident } from '../action.ts';

const ABOUT: Partial<Record<Status, string>> = {
  investigating: 'we look for the cause',
  identified: 'we know the cause',
  monitoring: 'a fix is in, we watch it',
  resolved: 'it is over for users',
  closed: 'the record is complete',
  cancelled: 'it was a false alarm',
};
const SETTABLE = STATUSES.filter((status) => ABOUT[status] !== undefined);

/** The status whose name is `word`, or the only one that begins with it; `cancelled` must be written in full. */
function parseStatus(word: string): Status | null {
  const text = word.toLowerCase();
  const found = SETTABLE.filter((status) => status === text || (status !== 'cancelled' && status.startsWith(text)));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The usual next status, which the form suggests. */
const NEXT: Partial<Record<Status, Status>> = {
  declared: 'investigating',
  investigating: 'identified',
  identified: 'monitoring',
  monitoring: 'resolved',
  resolved: 'closed',
  closed: 'investigating',
  cancelled: 'investigating',
};

export const statusAction: HubAction = {
  name: 'status',
  key: 'f3',
  alt: 'alt-t',
  does: 'set the status',
  hint: 'status',
  usage: '/status investigating|identified|monitoring|resolved|closed|cancelled [why] [public: words]',
  whyNot: (view) => noIncident(view) ?? authority(view, 'sets the status'),
  title: (view) => `SET STATUS   now ${view.incident?.status ?? ''}`,
  verb: 'set',
  fields: [
    {
      kind: 'choice',
      name: 'to',
      ask: 'Status',
      needed: true,
      from: () => SETTABLE.map((value) => ({ value, label: value, about: ABOUT[value] ?? '' })),
      initial: (view) => (view.incident === null ? '' : (NEXT[view.incident.status] ?? '')),
    },
    { kind: 'text', name: 'why', ask: 'Reason', inline: true },
    { kind: 'text', name: 'public', ask: 'Tell public', inline: true },
  ],
  parse(args) {
    const [word, rest] = firstWord(args);
    const [why = '', told = ''] = rest.split(/(?:^|\s+)public:\s*/i);
    const to = parseStatus(word);
    return to === null ? `"${word}" is no status: ${SETTABLE.join(', ')}` : { to, why, public: told };
  },
  print: { set_status: ({ to, why, public: told }) => [to, why, told && `public: ${told}`] },
  command(view, { to = '', why = '', public: told = '' }) {
    const next = parseStatus(to);
    if (next === null) return 'pick a status';
    const seen = view.incident?.status;
    if (next === seen) return `it is ${next} already`;
    return { kind: 'set_status', to: next, ...(seen ? { seen } : {}), ...filled({ why, public: told }) };
  },
  doubt({ incident }, { to }) {
    const left = incident === null || (to !== 'resolved' && to !== 'closed') ? '' : leftInWords(leftOf(incident));
    return left === '' ? null : { text: `${left}; the record will say that it was known` };
  },
  /** Cancelling ends every deadline, so the form asks for the incident's id without its date. */
  confirm: ({ incident }, { to }) =>
    to === 'cancelled' && incident !== null ? incident.id.replace(/^\d{4}-\d\d-\d\d-/, '') : null,
  watch: (view) => ({ what: 'status', value: view.incident?.status ?? null }),
};
