/** Tell the public: in the template of a state, seen as readers will see it, or word for word. */
import { mayTell } from '../../incident/authority.ts';
import { HANDBOOK_POLICY, updateEvery } from '../../incident/policy.ts';
import {
  filledUpdate,
  internalNames,
  internalWords,
  lastTold,
  PUBLIC_STATES,
  publicStateOf,
} from '../../incident/public-words.ts';
import { formatDuration, parseDuration, spanInWords } from '../../incident/time.ts';
import { glyphs, span, wrapText, type Line } from '../../terminal/text.ts';
import { authority, filled, notOpen, type HubAction, type Values } from '../action.ts';
import type { ModalSize } from '../modal-parts.ts';
import type { View } from '../view.ts';

export const updateAction: HubAction = {
  name: 'update',
  key: 'f8',
  alt: 'alt-u',
  does: 'tell the public: logged and sent; the next update is due from then',
  hint: 'update',
  usage: '/update text [next: 30m]',
  whyNot: (view) =>
    notOpen(view) ??
    (view.incident !== null && mayTell(view.incident, view.me) ? null : authority(view, 'or COMMS tells the public')),
  title: () => 'PUBLIC UPDATE   logged, and sent to receivers of updates',
  verb: 'log and send it',
  first: () => 'sentence',
  keeps: ['component', 'impact', 'sentence', 'summary'],
  fields: [
    {
      kind: 'choice',
      name: 'state',
      ask: 'Template',
      inline: true,
      from: () => PUBLIC_STATES.map((state) => ({ value: state, label: state })),
      initial: ({ incident }) => (incident === null ? '' : publicStateOf(incident.status)),
    },
    { kind: 'text', name: 'component', ask: 'Component', inline: true, initial: (view) => known(view, 'component', 1) },
    { kind: 'text', name: 'impact', ask: 'Impact', inline: true, initial: (view) => known(view, 'impact', 2) },
    { kind: 'text', name: 'sentence', ask: 'The sentence only you know', needed: true },
    { kind: 'text', name: 'summary', ask: 'Summary', inline: true, shown: isOver },
    {
      kind: 'text',
      name: 'next',
      ask: 'Next in',
      inline: true,
      initial: usualNext,
      shown: (values) => !isOver(values),
    },
  ],
  /** A typed line is told word for word. */
  parse(args) {
    const [, sentence = '', next = ''] = /^([\s\S]*?)(?:(?:^|\s)next:\s*(\S+))?\s*$/i.exec(args) ?? [];
    return { sentence, next };
  },
  print: { update_public: ({ text, nextMs }) => [text, nextMs !== undefined && `next: ${formatDuration(nextMs)}`] },
  command: commandOf,
  advice: preview,
  doubt(view, values) {
    const words = internalOf(view, commandOf(view, values));
    return words.length === 0 ? null : { text: `${words.join(', ')}: internal, and the public reads it` };
  },
};

function isOver({ state }: Values): boolean {
  return state === 'resolved';
}

/** What the public was told last of it, else what triage found: the answer to question `n`. */
function known({ incident }: View, what: 'component' | 'impact', n: number): string {
  return incident === null ? '' : (lastTold(incident)[what] ?? incident.triage[n]?.text ?? '');
}

/** The policy's interval; empty where no further update is due. */
function usualNext({ incident, policy }: View): string {
  if (incident === null || policy === null) return '';
  const every = updateEvery(policy, incident.severity, incident.status);
  return every === null ? '' : formatDuration(every);
}

function commandOf({ incident, templates, policy, now }: View, values: Values) {
  const state = PUBLIC_STATES.find((one) => one === values['state']);
  const { sentence: said, next } = filled({ sentence: values['sentence'] ?? '', next: values['next'] ?? '' });
  if (said === undefined) return 'say what the public was told';
  const nextMs = next === undefined || isOver(values) ? undefined : parseDuration(next);
  if (nextMs === null || nextMs === 0) return `"${next}" is no time span; write 30m or 1h30m`;
  const clock = nextMs !== undefined && { nextMs };
  if (state === undefined || incident === null) return { kind: 'update_public', text: said, ...clock } as const;
  const { component = '', impact = '', summary = '' } = values;
  const words = { state, sentence: said, ...filled({ component, impact, summary }), ...clock };
  return filledUpdate(templates, { incident, policy: policy ?? HANDBOOK_POLICY, now }, words);
}

/** The text as readers see it, what in it sounds internal, and what they were told before. */
function preview(view: View, values: Values, { cols, ascii }: ModalSize): readonly Line[] {
  const command = commandOf(view, { ...values, sentence: values['sentence']?.trim() || '...' });
  if (typeof command === 'string') return [];
  const internal = internalOf(view, command);
  const bar = span(`${glyphs(ascii).vertical} `, 'dim');
  const text = command.text.split('\n').flatMap((line) => wrapText(line, cols - 2));
  const { lastPublic: last = null } = view.incident ?? {};
  const before =
    last === null ? 'nothing was told so far' : `told ${spanInWords(view.now - Date.parse(last.at))} ago by ${last.by}`;
  return [
    [span('as readers see it', 'dim'), span(`   ${before}`, 'dim')],
    ...(internal.length === 0 ? [] : [[span(`${glyphs(ascii).warn} sounds internal: ${internal.join(', ')}`, 'warn')]]),
    ...text.map((line): Line => [bar, ...marked(line, internal)]),
  ];
}

const internalOf = (view: View, command: ReturnType<typeof commandOf>): readonly string[] =>
  typeof command === 'string' ? [] : internalWords(command.text, internalNames(view));

/** `line` with the words of `internal` in the colour of a warning. */
function marked(line: string, internal: readonly string[]): Line {
  const literal = internal.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (literal.length === 0) return [span(line)];
  const parts = line.split(new RegExp(`(?<![\\p{L}\\p{N}])(${literal.join('|')})(?![\\p{L}\\p{N}])`, 'u'));
  return parts.map((part, i) => (i % 2 === 0 ? span(part) : span(part, 'warn', { underline: true })));
}
