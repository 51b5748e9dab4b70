/** The postmortem over the panels: its sections with who wrote them, the text of the marked one, and its keys. Pure. */
import { emptySections, SECTION_IDS, SECTIONS, whysOf, type SectionId } from '../incident/postmortem.ts';
import { dayedTime, spanInWords, zoneName } from '../incident/time.ts';
import { counted } from '../incident/words.ts';
import { limited } from '../../panels/lines.ts';
import { cut, glyphs, padLine, span, wrapText, type Line, type Size, type Span } from '../terminal/text.ts';
import type { Key } from '../terminal/editor.ts';
import {
  isSectionPending,
  postmortemOfView,
  publishAction,
  publishLines,
  sectionAction,
  sectionTextOf,
  whyAction,
} from './actions/postmortem.ts';
import { mayNotWrite } from './action.ts';
import { keptOf, openForm } from './form.ts';
import { listItem, textLine, textLines } from './modal-parts.ts';
import { clamp } from './open-list.ts';
import type { OverView } from './panel-view.ts';
import { say, stay, type PostmortemPage, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** The sections, and last the publication. */
const ITEMS = [...SECTION_IDS, 'publish'] as const;
type Item = (typeof ITEMS)[number];

/** Opens the form of a section with what was begun here, else with the text on the record. */
function openSection(ui: Ui, id: SectionId, view: View): Ui {
  const kept = keptOf(ui, sectionAction, { section: id });
  const values = kept ?? { text: sectionTextOf(view, id), seen: sectionTextOf(view, id) };
  return openForm(ui, sectionAction, view, { ...values, section: id });
}

/** What was begun here and is not on the record; null: nothing. */
function draftOfSection(ui: Ui, id: SectionId, view: View): string | null {
  const text = keptOf(ui, sectionAction, { section: id })?.['text'] ?? '';
  return text === '' || text === sectionTextOf(view, id) ? null : text;
}

/** A key while the page is shown and nothing is typed; null: the key is not for it. */
export function postmortemKey(ui: Ui, page: PostmortemPage, key: Key, view: View): UiChange | null {
  if (view.incident?.id !== page.incident) return null;
  const by = { up: -1, down: 1, pageup: -ITEMS.length, pagedown: ITEMS.length }[key.name] ?? 0;
  if (by !== 0) return stay({ ...ui, over: { ...page, at: clamp(page.at + by, ITEMS.length) } });
  const item = ITEMS[page.at] ?? 'publish';
  const isWhole = key.name === 'tab' && item === 'whys';
  if (key.name !== 'enter' && !isWhole) return null;
  const why = mayNotWrite(view);
  if (why !== null) return stay(say(ui, why, view.mono, true));
  if (item !== 'publish' && isSectionPending(view, item))
    return stay(say(ui, 'your text of it is on its way to the hub: it is written once the hub has it', view.mono));
  if (item === 'publish') return stay(openForm(ui, publishAction, view));
  if (item === 'whys' && !isWhole && whyAction.whyNot?.(view) === null) return stay(openForm(ui, whyAction, view));
  return stay(openSection(ui, item, view));
}

export function drawPostmortem(ui: Ui, page: PostmortemPage, view: View, { cols, rows }: Size): OverView {
  const { incident } = view;
  const isThere = incident?.id === page.incident;
  const title = [
    span('POSTMORTEM', 'title', { bold: true }),
    span(`   ${isThere ? (incident.title ?? incident.id) : page.incident}`),
  ];
  if (!isThere) return { title, lines: [textLine('the hub is asked for it')] };
  const right = [span(' '), ...due(ui, view), span(' ')];
  const item = ITEMS[page.at] ?? 'publish';
  const list = ITEMS.map((each) => listItem(each === item, itemLine(each, ui, view, cols - 2), cols));
  const isChain = item === 'whys' && whyAction.whyNot?.(view) === null;
  const foot = isChain ? 'Enter the next why   Tab all of it' : `Enter ${item === 'publish' ? 'publish' : 'write'} it`;
  const room = rows - list.length - 2;
  // Where there are few rows the marked item is in view.
  const from = Math.max(0, Math.min(page.at - 1, list.length - (rows - 1)));
  if (room < 1) return { title, right, lines: list.slice(from), foot };
  const text = item === 'publish' ? publishLines(view, ui) : sectionLines(item, ui, view, cols);
  const shown = limited(text, room, (hidden) => textLine(`+${hidden.length} more rows: Enter shows them`, 'dim'));
  return { title, right, lines: [...list, [], ...shown], foot };
}

/** `due in 34 h`, `LATE 2 d`, `published 14:02 UTC by ana`. */
function due({ zone, ascii }: Ui, { incident, now }: View): readonly Span[] {
  const { sections = {}, published } = incident?.postmortem ?? {};
  if (published !== undefined) {
    const isNewer = Object.values(sections).some(({ seq }) => seq > published.seq);
    const when = `${dayedTime(Date.parse(published.at), now, zone)} ${zoneName(zone)}`;
    return [
      span(`${glyphs(ascii).ok} published ${when} by ${published.by}`, 'ok'),
      span(isNewer ? ', changed since' : '', 'warn'),
    ];
  }
  const dueAt = incident?.timestamps.postmortemDueAt ?? null;
  if (dueAt === null) return [];
  const left = Date.parse(dueAt) - now;
  return left <= 0
    ? [span(`${glyphs(ascii).warn} LATE ${spanInWords(left)}`, 'warn', { bold: true })]
    : [span(`due in ${spanInWords(left)}`)];
}

const TITLE_COLS = 22;
const STATE_COLS = 26;
/** From this width on there is room for how a section begins. */
const ROOMY = 100;

function itemLine(item: Item, ui: Ui, view: View, cols: number): Line {
  if (item === 'publish') {
    const empty = emptySections(postmortemOfView(view)).length;
    const words = empty === 0 ? 'every section is written' : `${counted(empty, 'section is', 'sections are')} empty`;
    return [...padLine([span('Publish it')], TITLE_COLS), span(words, empty === 0 ? 'ok' : 'dim')];
  }
  const known = postmortemOfView(view).sections[item];
  const state = stateOf(item, ui, view);
  const first = known?.text.split('\n').find((line) => line.trim() !== '') ?? '';
  const title = padLine([span(cut(SECTIONS[item].title, TITLE_COLS - 1))], TITLE_COLS);
  if (cols < ROOMY) return [...title, ...state];
  const about = known === undefined || known.text === '' ? SECTIONS[item].asks : first;
  return [...title, ...padLine(state, STATE_COLS), span(` ${about}`, 'dim')];
}

/** `ana 14:02 #41`, `empty`, `.. on its way`, `draft here`. */
function stateOf(id: SectionId, ui: Ui, view: View): Line {
  const known = postmortemOfView(view).sections[id];
  if (isSectionPending(view, id)) return [span('.. on its way', 'dim')];
  const draft = draftOfSection(ui, id, view) === null ? [] : [span(' + draft here', 'warn')];
  if (known === undefined || known.text === '') return [span('empty', 'warn'), ...draft];
  return [
    span(`${glyphs(ui.ascii).ok} `, 'ok'),
    span(cut(known.by, 10), 'info'),
    span(` ${dayedTime(Date.parse(known.at), view.now, ui.zone)} #${known.seq}`, 'dim'),
    ...draft,
  ];
}

/** What is asked, and the text on the record. */
function sectionLines(id: SectionId, ui: Ui, view: View, cols: number): readonly Line[] {
  const text = postmortemOfView(view).sections[id]?.text ?? '';
  const { steps, isRootReached, next } = whysOf(text, view.incident?.title ?? '');
  const chain =
    id !== 'whys'
      ? []
      : textLines(next ?? (isRootReached ? 'the root is reached' : `${steps.length} whys are answered`), cols, 'key');
  const draft = draftOfSection(ui, id, view);
  return [
    ...(text === '' ? textLines(SECTIONS[id].asks, cols, 'dim') : wrapText(text, cols).map((row): Line => [span(row)])),
    ...chain,
    ...(draft === null ? [] : [textLine('the draft here, not saved:', 'warn'), ...textLines(draft, cols, 'warn')]),
  ];
}
