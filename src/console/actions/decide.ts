/** The decision card: how to stabilise, with the questions that decide it; and who agrees, objects, and what stands. */
import { decisionInWords } from '../../incident/brief.ts';
import { isEnded, type StandingDecision } from '../../incident/incident.ts';
import { adviseWay, WAYS, WAY_WORDS, type Circumstances } from '../../incident/stabilize.ts';
import { formatDuration, HOUR, parseDuration, runningClock, spanInWords } from '../../incident/time.ts';
import { OBJECTIONS_MS } from '../../incident/topics/decisions.ts';
import { evidenceInWords } from '../../incident/triage-view.ts';
import { span, type Line } from '../../terminal/text.ts';
import {
  authority,
  filled,
  notOpen,
  onOneOf,
  type Choice,
  type Field,
  type HubAction,
  type Values,
} from '../action.ts';
import type { View } from '../view.ts';

const AT_ONCE = 'at once';
const OBJECTIONS = '2m';
/** Changes from so long before the detection on are recent, ms. */
const RECENT_MS = 2 * HOUR;

const plain = (value: string): Choice => ({ value, label: value });
const answers: readonly Choice[] = ['?', 'no', 'yes'].map(plain);
const asked = (name: keyof Circumstances, ask: string): Field => ({
  kind: 'choice',
  name,
  ask,
  inline: true,
  from: () => answers,
});

/** Changes shortly before, the newest first, each with its distance from the first alarm. */
function recentChanges({ incident, now }: View): readonly string[] {
  const detected = Date.parse(incident?.timestamps.detectedAt ?? new Date(now).toISOString());
  return (incident?.changes ?? [])
    .filter(({ at }) => Date.parse(at) >= detected - RECENT_MS)
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ at, what, by }) => {
      const before = detected - Date.parse(at);
      const distance = before < 0 ? `${spanInWords(-before)} after` : `${spanInWords(before)} before`;
      return `${evidenceInWords({ at, text: `${what} by ${by}` }, now)}, ${distance} the detection`;
    });
}

const circumstances = (values: Values): Circumstances =>
  Object.fromEntries(
    (['changed', 'flag', 'migration', 'dataAtRisk'] as const).flatMap((name) =>
      values[name] === 'yes' || values[name] === 'no' ? [[name, values[name] === 'yes']] : [],
    ),
  );

function advice(_view: View, values: Values): readonly Line[] {
  const { way, reasons } = adviseWay(circumstances(values));
  return [[span(`ADVICE ${way}`, 'title', { bold: true }), span(`  ${reasons.join('; ')}`)]];
}

const decideAction: HubAction = {
  name: 'decide',
  alt: 'alt-w',
  does: 'decide how to stabilise: rollback, flag or forward; ask for strong objections',
  usage: '/decide rollback|flag|forward what [turn back if ...] [because why] [objections: 2m|no]',
  whyNot: (view) => notOpen(view) ?? authority(view, 'decides; /d suggests a decision'),
  title: () => 'DECISION   how do we stabilise?',
  verb: 'decide',
  fields: [
    {
      ...asked('changed', 'Changed recently?'),
      kind: 'choice',
      from(view) {
        const [newest] = recentChanges(view);
        return newest === undefined ? answers : [...answers.slice(0, 2), { value: 'yes', label: `yes: ${newest}` }];
      },
      initial: (view) => (recentChanges(view).length > 0 ? 'yes' : '?'),
    },
    asked('flag', 'Flag exists?'),
    asked('migration', 'Migration since?'),
    asked('dataAtRisk', 'Data at risk?'),
    {
      kind: 'choice',
      name: 'way',
      ask: 'Way',
      needed: true,
      from: () => WAYS.map((value) => ({ value, label: value, about: WAY_WORDS[value] })),
      advised: (_view, others) => adviseWay(circumstances(others)).way,
    },
    { kind: 'text', name: 'text', ask: 'What exactly', needed: true, inline: true },
    { kind: 'text', name: 'turnBackIf', ask: 'Turn back if', inline: true },
    { kind: 'text', name: 'why', ask: 'Reason', inline: true },
    {
      kind: 'choice',
      name: 'objections',
      ask: 'Objections for',
      inline: true,
      from: () =>
        [OBJECTIONS, '5m', '15m', AT_ONCE].map((each) => ({
          ...plain(each),
          label: each === AT_ONCE ? 'decide at once' : each,
        })),
    },
  ],
  first: () => 'text',
  advice,
  parse(args) {
    const [, way = '', rest = ''] = /^(?:(rollback|flag|forward)\b:?\s*)?([\s\S]*)$/i.exec(args) ?? [];
    const objections = /(?:^|\s)objections:\s*(\S+)/i.exec(rest);
    const words = objections === null ? rest : rest.replace(objections[0], '');
    const [head = '', why = ''] = words.split(/\s+because\s+/);
    const [text = '', turnBackIf = ''] = head.split(/[;,]?\s+turn back if\s+/i);
    return { way: way.toLowerCase(), text: text.trim(), turnBackIf, why, objections: objections?.[1] ?? OBJECTIONS };
  },
  print: {
    propose_decision: ({ way, text, turnBackIf, why, objectionsMs }) => [
      way,
      text,
      turnBackIf && `turn back if ${turnBackIf}`,
      why && `because ${why}`,
      `objections: ${objectionsMs === undefined ? 'no' : formatDuration(objectionsMs)}`,
    ],
  },
  command(_view, values) {
    const { text = '', turnBackIf = '', why = '', objections = OBJECTIONS } = values;
    const way = WAYS.find((each) => each === values['way']);
    if (text.trim() === '') return 'say what exactly is decided';
    const known = circumstances(values);
    if (way === 'rollback' && known.migration && why.trim() === '')
      return 'a migration ran since: give the reason why going back is safe';
    const { way: advised, reasons } = adviseWay(known);
    const reason = why.trim() !== '' || way !== advised || Object.keys(known).length === 0 ? why : reasons.join('; ');
    const atOnce = objections === AT_ONCE || objections === 'no';
    const objectionsMs = atOnce ? null : parseDuration(objections);
    if (!atOnce && (objectionsMs === null || objectionsMs < OBJECTIONS_MS.least || objectionsMs > OBJECTIONS_MS.most))
      return `"${objections}" is no time for objections: from 1s to 1h, or no`;
    return {
      kind: 'propose_decision',
      text: text.trim(),
      ...(way === undefined ? {} : { way }),
      ...filled({ turnBackIf, why: reason }),
      ...(objectionsMs === null ? {} : { objectionsMs }),
    };
  },
};

/** Decisions that are asked about and `me` has not answered first, then the other ones that `are`. */
function decisionsThat(view: View, are: (decision: StandingDecision) => boolean): readonly StandingDecision[] {
  const found = (view.incident?.decisions ?? []).filter(are).toReversed();
  return found.toSorted((a, b) => Number(isAnswered(a, view)) - Number(isAnswered(b, view)));
}

const isAnswered = ({ by, agreed, objected }: StandingDecision, { me }: View): boolean =>
  [by, ...agreed, ...objected.map(({ name }) => name)].includes(me);

type Answer = Omit<Parameters<typeof onOneOf>[0], 'ask' | 'items'> & {
  readonly are: (decision: StandingDecision) => boolean;
};

const answer = ({ are, ...more }: Answer): HubAction =>
  onOneOf({
    ask: 'Decision',
    items: (view) =>
      decisionsThat(view, are).map((decision) => ({
        seq: decision.seq,
        about: decisionInWords(decision).replace(/^#\d+ /, ''),
      })),
    usage: `/${more.name} [#38]${more.words === undefined ? '' : ' why'}`,
    // Words may begin with a number: "2 replicas lag".
    bare: more.words === undefined,
    ...more,
  });

const isAsked = ({ state }: StandingDecision): boolean => state === 'open';
const REASON: Field = { kind: 'text', name: 'text', ask: 'Reason' };

export const decisionActions: readonly HubAction[] = [
  decideAction,
  answer({
    name: 'agree',
    alt: 'alt-g',
    does: 'agree with the decision that is asked about',
    atOnce: true,
    none: 'nobody asks for objections now',
    are: isAsked,
    asks: (ref) => ({ kind: 'agree', ref }),
    print: { agree: ({ ref }) => [`#${ref}`] },
  }),
  answer({
    name: 'object',
    alt: 'alt-o',
    does: 'object strongly to the decision that is asked about',
    title: () => 'STRONG OBJECTION',
    none: 'nobody asks for objections now',
    are: isAsked,
    words: { kind: 'text', name: 'text', ask: 'What speaks against it?', needed: true },
    asks: (ref, text) => ({ kind: 'object', ref, text }),
    print: { object: ({ ref, text }) => [`#${ref}`, text] },
  }),
  answer({
    name: 'stands',
    does: 'let a decision stand, in spite of objections with a reason',
    none: 'no decision waits',
    are: ({ state }) => state !== 'stands',
    commander: 'settles decisions',
    words: REASON,
    asks: (ref, why) => ({ kind: 'settle_decision', ref, stands: true, ...filled({ why }) }),
    print: { settle_decision: ({ ref, stands, why }) => (stands ? [`#${ref}`, why] : null) },
  }),
  answer({
    name: 'withdraw',
    does: 'take a decision back',
    none: 'nothing is decided',
    are: () => true,
    words: { ...REASON, needed: true },
    asks: (ref, why) => ({ kind: 'settle_decision', ref, stands: false, why }),
    print: { settle_decision: ({ ref, stands, why }) => (stands ? null : [`#${ref}`, why]) },
  }),
];

/** `DECISION 01:47 · 3 agree · ana: roll back web · strong objection?`, for whoever is asked now; null: nobody is. */
export function askedInWords(view: View): { readonly text: string; readonly isMine: boolean } | null {
  const [decision] = decisionsThat(view, isAsked);
  if (decision === undefined || view.incident === null || isEnded(view.incident)) return null;
  const { by, text, objectionsUntil, agreed, objected } = decision;
  const isMine = !isAnswered(decision, view);
  const left = objectionsUntil === undefined ? '' : ` ${runningClock(Date.parse(objectionsUntil) - view.now)}`;
  const parts = [
    `DECISION${left}`,
    ...(objected.length === 0 ? [] : [`${objected.length} object`]),
    ...(agreed.length === 0 ? [] : [`${agreed.length} agree`]),
    `${by}: ${text}`,
    ...(isMine ? ['strong objection?'] : []),
  ];
  return { text: parts.join(' · '), isMine };
}
