/** The postmortem: open it, write a section, answer the next why, publish it. */
import { allBlameHints, blameHints } from '../../incident/blameless.ts';
import {
  badCharacter,
  emptySections,
  isSection,
  MOST_WHYS,
  NO_POSTMORTEM,
  SECTION_IDS,
  SECTION_LENGTH,
  SECTIONS,
  sectionText,
  titlesOf,
  whysOf,
  withBecause,
  type Postmortem,
  type SectionId,
} from '../../incident/postmortem.ts';
import { spanInWords } from '../../incident/time.ts';
import { counted } from '../../incident/words.ts';
import { glyphs, span, wrapText, type Line } from '../../terminal/text.ts';
import { noIncident, notShown, type HubAction, type ScreenAction, type Values } from '../action.ts';
import { editorText } from '../../terminal/editor.ts';
import { textLine, textLines, type ModalSize } from '../modal-parts.ts';
import { openOver, stay, withEffect, type Ui, type UiChange } from '../state.ts';
import { names, type View } from '../view.ts';

export const postmortemOfView = ({ incident }: View): Postmortem => incident?.postmortem ?? NO_POSTMORTEM;
export const sectionTextOf = (view: View, id: SectionId): string => postmortemOfView(view).sections[id]?.text ?? '';
const seqOf = (view: View, id: SectionId): number => postmortemOfView(view).sections[id]?.seq ?? 0;

/** A text of this console for that section that has no answer of the hub yet. */
export const isSectionPending = ({ pending }: View, id: SectionId): boolean =>
  pending.some(
    ({ state, command }) => state !== 'refused' && command?.kind === 'write_postmortem' && command['section'] === id,
  );

/** Whoever is known here or wrote something: their names are left out of causes. */
const people = (view: View): readonly string[] => [
  ...new Set([...names(view), ...view.events.flatMap(({ by }) => (by.role === 'system' ? [] : [by.name]))]),
];

/** Why no postmortem is written now; null when it can be. */
function notYet(view: View): string | null {
  const status = view.incident?.status;
  const isOver = status === undefined || status === 'resolved' || status === 'closed';
  return noIncident(view) ?? (isOver ? null : `it is written once the incident is resolved; this one is ${status}`);
}

export function openPostmortem(ui: Ui, incident: string, view: View): UiChange {
  const open = openOver(ui, { kind: 'postmortem', incident, at: 0 });
  return incident === view.incident?.id ? stay(open) : withEffect(open, { do: 'follow', incident });
}

const postmortemAction: ScreenAction = {
  name: 'postmortem',
  does: 'the postmortem: its sections, what is empty, who wrote what',
  whyNot: (view) => notShown(view) ?? notYet({ ...view, observer: false }),
  apply: (ui, view) => openPostmortem(ui, view.incident?.id ?? '', view),
};

/** The lines that write what was begun here: kept for the next console, whose history has them. Each names its incident. */
export function sectionDrafts({ kept, modal }: Pick<Ui, 'kept' | 'modal'>): readonly string[] {
  const open =
    modal?.kind !== 'form' || modal.action !== sectionAction.name
      ? []
      : [
          {
            ...modal.chosen,
            ...Object.fromEntries(Object.entries(modal.typed).map(([name, draft]) => [name, editorText(draft)])),
          },
        ];
  return [...Object.values(kept), ...open].flatMap(({ incident = '', section, text = '', seen = '' }: Values) =>
    section === undefined || text.trim() === '' || text === seen
      ? []
      : [`/${sectionAction.name} ${incident} ${section} ${text}`],
  );
}

const sectionIn = ({ section = '' }: Values): SectionId => (isSection(section) ? section : 'impact');
/** The section that a form without one is about. */
const firstEmpty = (view: View): SectionId => emptySections(postmortemOfView(view))[0] ?? 'impact';

export const sectionAction: HubAction = {
  name: 'section',
  does: 'write a section of the postmortem',
  usage: `/section [ID] ${SECTION_IDS.join('|')} [text]`,
  whyNot: notYet,
  title: (_, values) => SECTIONS[sectionIn(values)].title.toUpperCase(),
  verb: 'save',
  keeps: ['incident', 'section', 'text', 'seen'],
  keptBy: 'section',
  fields: [
    // The first, since a typed line is completed by it.
    {
      kind: 'choice',
      name: 'section',
      ask: 'Section',
      needed: true,
      shown: () => false,
      from: () => SECTION_IDS.map((value) => ({ value, label: SECTIONS[value].title })),
      initial: firstEmpty,
    },
    // A draft is of one incident, and is never saved in another.
    {
      kind: 'text',
      name: 'incident',
      ask: 'Incident',
      shown: () => false,
      initial: ({ incident }) => incident?.id ?? '',
    },
    // The text that the author began with: another one on the record by then is somebody else's.
    {
      kind: 'text',
      name: 'seen',
      ask: 'Seen',
      shown: () => false,
      initial: (view) => sectionTextOf(view, firstEmpty(view)),
    },
    {
      kind: 'text',
      name: 'text',
      ask: 'Text',
      needed: true,
      hint: 'Alt-Enter new line; everybody sees it once it is saved',
      tall: true,
      initial: (view) => sectionTextOf(view, firstEmpty(view)),
    },
  ],
  parse(args, view) {
    const [, incident = view.incident?.id ?? '', word = '', text = ''] = LINE.exec(args) ?? [];
    const found = SECTION_IDS.filter((id) => id.startsWith(word.toLowerCase()));
    const [section] = found;
    if (section === undefined || found.length > 1) return `sections are ${SECTION_IDS.join(', ')}`;
    const known = sectionTextOf(view, section);
    return text === '' ? { incident, section, text: known, seen: known } : { incident, section, text, seen: '' };
  },
  print: { write_postmortem: ({ section, text }, { incident }) => [incident, section, text] },
  command(view, values) {
    const { incident = '', text = '' } = values;
    if (incident !== view.incident?.id) return `this text is of ${incident}: /switch ${incident} first`;
    return written(view, sectionIn(values), text);
  },
  doubt(view, values) {
    const known = foreign(view, values);
    if (known === null) return null;
    const who = known.by === view.me ? 'you' : known.by;
    const when = `${spanInWords(view.now - Date.parse(known.at))} ago (#${known.seq})`;
    return { text: `${who} wrote this section ${when}: your text would take its place` };
  },
  advice(view, values, place) {
    const id = sectionIn(values);
    const known = foreign(view, values);
    const { asks, hint } = SECTIONS[id];
    return [
      ...textLines(`${asks} ${hint}`, place.cols, 'dim'),
      ...blameLines(blameHints(id, values['text'] ?? '', people(view)), place).slice(0, 3),
      ...(known === null ? [] : theirs(known, place)),
    ];
  },
};

/** The incident, where its day tells it from a section; the section; the text. */
const LINE = /^(?:(\d{4}-\d\d-\d\d-\S+)\s+)?(\S*)\s*([\s\S]*)$/;

/** The text on the record, where it is neither what the author began with nor what stands in the form. */
function foreign(view: View, { section = '', seen = '', text = '' }: Values) {
  const known = isSection(section) ? postmortemOfView(view).sections[section] : undefined;
  return known === undefined || known.text === seen || known.text === sectionText(text) ? null : known;
}

/** What somebody else wrote meanwhile. */
function theirs(
  { by, seq, text }: { by: string; seq: number; text: string },
  { cols, ascii }: ModalSize,
): readonly Line[] {
  const bar = span(`${glyphs(ascii).vertical} `, 'warn');
  const rows = wrapText(text === '' ? '(empty: it was taken back)' : text, Math.max(1, cols - 2));
  return [textLine(`#${seq} by ${by}:`, 'warn'), ...rows.slice(0, THEIRS).map((row): Line => [bar, span(row)])];
}
const THEIRS = 8;

const blameLines = (
  hints: readonly { readonly line: number; readonly words: string; readonly hint: string }[],
  { ascii }: Pick<ModalSize, 'ascii'>,
): readonly Line[] =>
  hints.map(({ line, words, hint }) => [
    span(glyphs(ascii).warn, 'warn'),
    span(` line ${line}, "${words}": ${hint}`, 'warn'),
  ]);

/** The command that writes the section after the text on the record, or why it cannot be. */
function written(view: View, section: SectionId, text: string) {
  if (isSectionPending(view, section))
    return 'your last text of it is still on its way to the hub: Esc keeps this one as a draft';
  if (text.length > SECTION_LENGTH)
    return `a section has at most ${SECTION_LENGTH} characters; this one has ${text.length}`;
  const bad = badCharacter(text);
  if (bad >= 0) return `character ${bad + 1} is a control character: ${text.slice(Math.max(0, bad - 10), bad)}`;
  if (text.trim() === sectionTextOf(view, section)) return 'nothing is changed: Esc closes';
  return { kind: 'write_postmortem', section, text, after: seqOf(view, section) } as const;
}

const chainOf = (view: View) => whysOf(sectionTextOf(view, 'whys'), aboutOf(view));
const aboutOf = ({ incident }: View): string => incident?.title ?? incident?.id ?? '';

export const whyAction: HubAction = {
  name: 'why',
  does: 'answer the next of the five whys',
  usage: '/why because ...',
  whyNot: (view) =>
    notYet(view) ?? (chainOf(view).next === null ? 'the chain is complete: /section whys changes it' : null),
  title(view) {
    const { steps } = chainOf(view);
    const isAsked = steps.at(-1)?.because === '';
    return `WHY ${steps.length + (isAsked ? 0 : 1)} of ${MOST_WHYS}`;
  },
  verb: 'answer',
  first: () => 'because',
  keeps: ['because', 'question'],
  fields: [
    {
      kind: 'text',
      name: 'question',
      ask: 'Question',
      shown: () => false,
      initial: (view) => chainOf(view).next ?? '',
    },
    { kind: 'text', name: 'because', ask: 'Because', tall: true },
    {
      kind: 'choice',
      name: 'root',
      ask: 'Then',
      inline: true,
      from: () => [
        { value: '', label: 'ask why again' },
        { value: 'root', label: 'root reached' },
      ],
    },
  ],
  parse: (args) => ({ because: args.replace(/^because\b[\s:,]*/i, '') }),
  command(view, { because = '', root = '' }) {
    if (because.trim() === '' && root === '') return 'say why, or that the root is reached';
    const text = sectionTextOf(view, 'whys');
    const answered = because.trim() === '' ? text : withBecause(text, aboutOf(view), because);
    return written(view, 'whys', root === '' ? answered : `${answered}\n\nRoot reached.`.trim());
  },
  doubt(view, { question = '' }) {
    const { next } = chainOf(view);
    return question === '' || question === next
      ? null
      : { text: `somebody answered meanwhile; now it asks: ${next ?? 'nothing more'}` };
  },
  advice(view, { because = '' }, place) {
    const { steps, next } = chainOf(view);
    const answered = steps.filter((step) => step.because !== '');
    return [
      ...answered.flatMap(({ question, because: why }, i): readonly Line[] => [
        [span(`${i + 1}.`), span(` ${question}`, 'dim')],
        [span('  '), span(` ${why}`)],
      ]),
      [span(`${answered.length + 1}.`, 'title', { bold: true }), span(` ${next ?? ''}`, 'title')],
      ...blameLines(blameHints('whys', because, people(view)), place).slice(0, 2),
    ];
  },
};

export const publishAction: HubAction = {
  name: 'publish',
  does: 'publish the postmortem',
  whyNot: notYet,
  title: () => 'PUBLISH THE POSTMORTEM   it counts as done from then on',
  fields: [],
  print: { publish_postmortem: () => [] },
  command: () => ({ kind: 'publish_postmortem' }),
  doubt(view) {
    const empty = emptySections(postmortemOfView(view));
    return empty.length === 0 ? null : { text: `${titlesOf(empty)} ${empty.length === 1 ? 'is' : 'are'} empty` };
  },
  advice: (view, _, place) => publishLines(view, place),
};

/** What is still to be said before it is published. */
export function publishLines(view: View, { ascii }: Pick<ModalSize, 'ascii'>): readonly Line[] {
  const empty = emptySections(postmortemOfView(view));
  const actions = (view.incident?.open ?? []).filter(({ form }) => form === 'action');
  const bare = actions.filter(({ to, due }) => to === undefined || due === undefined).length;
  const hints = allBlameHints(view.incident?.postmortem, people(view));
  const { warn, ok } = glyphs(ascii);
  const blamed = hints.slice(0, 3).map(({ section, words }) => `"${words}" in ${SECTIONS[section].title}`);
  const checks: readonly (readonly [isFine: boolean, text: string])[] = [
    [empty.length === 0, empty.length === 0 ? 'every section is written' : `empty: ${titlesOf(empty)}`],
    [
      bare === 0,
      `${counted(actions.length, 'open action item')}${bare === 0 ? '' : `, ${bare} without an owner or a date: /assign`}`,
    ],
    [
      hints.length === 0,
      hints.length === 0 ? 'no words that blame' : `${hints.length} words that may blame: ${blamed.join(', ')}`,
    ],
  ];
  return checks.map(([isFine, text]) => [
    span(isFine ? ok : warn, isFine ? 'ok' : 'warn'),
    span(` ${text}`, isFine ? 'plain' : 'warn'),
  ]);
}

export const postmortemActions = [postmortemAction, sectionAction, whyAction, publishAction];
