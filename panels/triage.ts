/** The five questions: the answer that stands and who gave it, and what the room knows of each. */
import { isTriaged, type Incident } from '../src/incident/incident.ts';
import { evidenceInWords, triageOf, type TriageQuestion } from '../src/incident/triage-view.ts';
import { cutLine, glyphs, joinLines, lineWidth, span, wrapText, type Line, type Size } from '../src/terminal/text.ts';
import { personTone } from './entry.ts';
import { limited, textRow } from './lines.ts';
import { alertsNow, type Model } from './model.ts';
import type { Panel } from './panel.ts';

/** The questions in a word each, in their order. */
const SHORT = ['broken', 'affected', 'started', 'still on', 'changed'] as const;
const SHORT_COLS = 8;
/** Where the words begin: after the sign and the short question. */
const INDENT = SHORT_COLS + 4;
/** From this width on what is known stands beside the answer, below it the row after. */
export const BESIDE_FROM = 70;

const questions = (incident: Incident, model: Model): readonly TriageQuestion[] =>
  triageOf(incident, alertsNow(model), model.now);
const answered = ({ triage }: Incident): number => Object.keys(triage).length;
const progress = (incident: Incident): string => `${answered(incident)} of ${SHORT.length}`;

/** `✓ broken    checkout, card payments   14:02Z /pay 5xx 12.4%   #12 ana`, in at most `rows` rows. */
function questionRows({ n, answer, evidence }: TriageQuestion, model: Model, { cols, rows }: Size): Line[] {
  const { ascii, me, incident, now } = model;
  const asks = incident !== null && isTriaged(incident) ? 'warn' : 'dim';
  const sign = answer === null ? span('?', asks, { bold: true }) : span(glyphs(ascii).ok, 'ok', { bold: true });
  const short = span(` ${(SHORT[n - 1] ?? '').padEnd(SHORT_COLS)}  `, answer === null ? 'title' : 'dim');
  const by: Line = answer === null ? [] : [span(` #${answer.seq} `, 'dim'), span(answer.by, personTone(answer.by, me))];
  const known = evidence.map((each) => evidenceInWords(each, now));
  const words = Math.max(1, cols - INDENT);
  const said = answer === null ? [] : wrapText(answer.text, Math.max(1, words - lineWidth(by)));
  const spare = Math.max(1, known.length === 0 ? rows : rows - 1);
  const shown: Line[] = said.slice(0, spare).map((row) => [span(row)]);
  if (said.length > spare) shown.push([span(`${shown.pop()?.[0]?.text ?? ''}…`)]);
  const [first = [], ...rest] = shown;
  const isBeside = rows === 1 || answer === null;
  const beside = isBeside && known[0] !== undefined ? [span(answer === null ? '' : '  '), span(known[0], 'dim')] : [];
  const below = (isBeside ? known.slice(1) : known).map((each) => [span(each, 'dim')]);
  return [
    joinLines([sign, short, ...first, ...beside], by, cols),
    ...[...rest, ...below].slice(0, rows - 1).map((row) => cutLine([span(' '.repeat(INDENT)), ...row], cols)),
  ];
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const { incident } = model;
  if (incident === null) return [textRow('the five questions of an incident', cols)];
  const each = Math.max(1, Math.floor(rows / SHORT.length));
  // Where there is no room for all, those without an answer come first.
  const all = questions(incident, model).toSorted((a, b) =>
    rows >= SHORT.length ? 0 : Number(a.answer !== null) - Number(b.answer !== null),
  );
  const lines = all.flatMap((question) => questionRows(question, model, { cols, rows: each }));
  return limited(lines, rows, (hidden) => textRow(`+${hidden.length} more: F5`, cols, 'warn'));
}

export const triagePanel: Panel = {
  id: 'triage',
  title: 'TRIAGE',
  note: ({ incident }) => (incident === null ? '' : progress(incident)),
  letter: 'T',
  wants: ({ incident }, cols) => (incident === null ? 1 : cols >= BESIDE_FROM ? SHORT.length : 2 * SHORT.length),
  health: () => 'none',
  summary({ incident }, cols) {
    const open = SHORT.filter((_, i) => incident?.triage[i + 1] === undefined);
    const left = incident === null || !isTriaged(incident) || open.length === 0 ? '' : `  open: ${open.join(', ')}`;
    return cutLine([span('TRIAGE ', 'title'), span(incident === null ? '' : progress(incident)), span(left)], cols);
  },
  render,
};
