/** The state of the screen as plain data, and the layout that follows from it. */
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Level, Role } from '../incident/vocabulary.ts';
import type { Severity } from '../incident/severity.ts';
import type { ThemeName } from '../terminal/theme.ts';
import { emptyDraft, type EditorState } from '../terminal/editor.ts';
import { type PanelSlot, layout, type Layout, withPage } from './layout.ts';
import type { Zone } from '../incident/time.ts';
import type { TurningPoint } from '../incident/turning-points.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { editorView } from '../terminal/editor-view.ts';
import { type SafeText, type Size, width, wrapText } from '../terminal/text.ts';

/** What a form is about to change, and its value; when that has changed meanwhile, the form asks again. */
export interface WatchedValue {
  readonly what: 'severity' | 'status' | Role;
  readonly value: string | null;
}

interface Opened<Kind extends string> {
  readonly kind: Kind;
  /** Monotonic ms. */
  readonly openedAt: number;
}
/** A list that is narrowed down by typing. */
export interface Queried<Kind extends string> extends Opened<Kind> {
  readonly query: EditorState;
  /** The marked item, which Enter takes. */
  readonly at: number;
}
interface Scrolled<Kind extends string> extends Opened<Kind> {
  readonly scroll: number;
}

export interface Form extends Opened<'form'> {
  readonly action: string;
  /** Values of the choice fields. */
  readonly chosen: Readonly<Record<string, string>>;
  /** Drafts of the text and person fields. */
  readonly typed: Readonly<Record<string, EditorState>>;
  /** Index of the picked person. */
  readonly picked: number;
  /** Index of the focused field. */
  readonly focus: number;
  /** Rows from where that field is shown to what is shown, down being positive. */
  readonly scroll: number;
  /** What it was about to change when it was opened or last confirmed. */
  readonly seen: WatchedValue | null;
  /** Keys without an effect here: they may have been meant for the input line. */
  readonly stray: string;
  /** The doubt shown last, which a second Enter overrules. */
  readonly doubt: string | null;
  /** Names of the fields whose answers were sent one by one. */
  readonly sent: readonly string[];
  /** Why Enter was rejected. */
  readonly trouble: string | null;
}
export interface Help extends Queried<'help'> {
  /** The modal from which help was opened; closing help returns to it. */
  readonly over: Exclude<Modal, Help> | null;
}
interface Detail extends Scrolled<'detail'> {
  readonly seq: number;
}
/** What the terminal sends for each key. */
export interface Keys extends Opened<'keys'> {
  readonly seen: readonly string[];
}
export interface Listing extends Opened<'incidents' | 'people' | 'next' | 'deliveries' | 'links' | 'owed'> {
  readonly at: number;
  /** The marked item, where items are told apart: it stays marked wherever it goes. */
  readonly marked?: string | undefined;
}
/** The runbooks there are; `answer` null: the hub is asked. */
export interface RunbookList extends Queried<'runbooks'> {
  readonly answer: Answer | null;
}
/** What the logs have of an id; `answer` null: the hub looks. */
export interface TraceModal extends Scrolled<'trace'> {
  readonly id: string;
  readonly answer: Answer | null;
}
/** A runbook over the panels, under every modal. */
export interface RunbookPage {
  readonly kind: 'runbook';
  /** As it was asked for. */
  readonly name: string;
  readonly answer: Answer | null;
  /** Index of the marked item; null: what is next. */
  readonly at: number | null;
  /** Which side the arrows move in, and which is shown where there is room for one. */
  readonly side: 'steps' | 'text';
  /** The first line of the text that is shown; null: that of the marked item is in view. */
  readonly scroll: number | null;
}
/** The time axis over the panels. `seq`: of the entry under the cursor; null: the newest. */
export interface AxisPage {
  readonly kind: 'time axis';
  readonly seq: number | null;
  /** What metrics did, as far as readings were kept; empty until that is known. */
  readonly points: readonly TurningPoint[];
}
/** The postmortem over the panels. `at`: index of the marked item. */
export interface PostmortemPage {
  readonly kind: 'postmortem';
  readonly incident: string;
  readonly at: number;
}
/** The modals that are lists to pick one of. */
export type ListModal = Listing | RunbookList | Queried<'palette'> | Queried<'search'> | Queried<'history'>;
/** `offered`: command is offered to this person, who accepts or declines. */
export interface Brief extends Scrolled<'brief'> {
  readonly offered: boolean;
}
type Unopened<M extends Modal> = M extends Modal ? Omit<M, 'openedAt'> : never;
/** `ui` with `modal` opened at this moment. */
export const withModal = (ui: Ui, modal: Unopened<Modal>, { mono }: { readonly mono: number }): Ui => ({
  ...ui,
  modal: { ...modal, openedAt: mono },
});
export type Modal = Form | Help | Detail | Brief | TraceModal | Scrolled<'can' | 'oncall'> | Keys | ListModal;

/** What was open and firing when this console last looked. */
export interface Heard {
  readonly incidents: Readonly<Record<string, Severity>>;
  /** Null: the hub has not said yet. */
  readonly alerts: readonly string[] | null;
}

/** What keys can change, with its value at the start. */
class UiState {
  readonly draft: EditorState = emptyDraft;
  /** The draft that Enter rejected; typing replaces it. */
  readonly rejected: EditorState | null = null;
  /** Rejected lines that wait beside the input, oldest first: nothing typed is lost or joined to another line. */
  readonly setAside: readonly string[] = [];
  /** Lines sent from here, oldest first. */
  readonly history: readonly string[] = [];
  /** The newest line of the history was cleared, not sent: Up brings it back first. */
  readonly unsent: boolean = false;
  /** Index of the history line that is shown, and the draft to return to; null: the draft is shown. */
  readonly recall: { readonly at: number; readonly draft: EditorState } | null = null;
  /** Names of the actions used last, newest first. */
  readonly recent: readonly string[] = [];
  /** Index of the picked suggestion. */
  readonly picked: number | null = null;
  /** `line`, `timeline`, or the id of a panel. */
  readonly focus: string = 'line';
  /** The last entry in view, and how many of its rows are below the edge; null: at the end, live. */
  readonly scroll: { readonly seq: number; readonly rows: number } | null = null;
  /** Moving to the first entry from this seq on, while older ones are fetched. */
  readonly climbing: number | null = null;
  readonly level: Level = 'normal';
  readonly filter: string = '';
  /** Own entries after this seq are shown whatever filter and level say: those written since they were set. */
  readonly ownAfter: number = 0;
  /** The last search, for n and N. */
  readonly sought: string = '';
  /** Seq of the last entry of the shown incident that this person has read. */
  readonly readMark: number | null = null;
  /** The entries after the mark arrived while this console was away. */
  readonly left: boolean = false;
  /** Hub time, ms since 1970: of the first and the last input with a live link; when an earlier console was left. */
  readonly cameAt: number | null = null;
  readonly seenAt: number | null = null;
  readonly leftAt: number | null = null;
  /** This person came back, and was not told yet of what happened meanwhile. */
  readonly away: { readonly leftAt: number | null } | null = null;
  /** When the offer of command was made of which this person was told. */
  readonly offered: string | null = null;
  readonly heard: Heard | null = null;
  /** Titles of incidents declared here, of which this person is not told. */
  readonly declaring: readonly string[] = [];
  /** The link was live at the last input. */
  readonly wasLive: boolean = false;
  readonly selected: number | null = null;
  /** Read marks by incident: of those shown before, and those an earlier console saved. */
  readonly marks: Readonly<Record<string, number>> = {};
  readonly leftMarks: Readonly<Record<string, number>> = {};
  /** The panel that fills the place of all panels. */
  readonly zoom: string | null = null;
  /** Rows of the zoomed panel that are scrolled over. */
  readonly paged: number = 0;
  readonly preset: number = 0;
  readonly slots: readonly PanelSlot[] = [];
  readonly contextSlots: readonly PanelSlot[] = [];
  readonly contextCols: number = 0;
  /** How far back the charts of a zoomed panel reach, ms. */
  readonly chartMs: number = 15 * 60_000;
  /** A key of everything the slots depend on; when it changes, they are decided again. */
  readonly slotsFor: string = '';
  readonly modal: Modal | null = null;
  /** The page over the panels; its kind names the context of its keys. */
  readonly over: RunbookPage | AxisPage | PostmortemPage | null = null;
  /** What Esc kept of forms, by action, incident and what else tells drafts apart. */
  readonly kept: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
  readonly notice: { readonly text: string; readonly bad: boolean; readonly until: number } | null = null;
  /** The oldest command without an answer, and since when it has been the oldest; monotonic ms. */
  readonly waiting: { readonly id: string; readonly at: number } | null = null;
  /** The newest command that the hub refused, and why; beside the input until it is taken back or put away. */
  readonly refused: string | null = null;
  /** What called for somebody when the view was last looked at, and the last entry then; null: not known yet. */
  readonly attended: {
    readonly incident: string | null;
    readonly ids: readonly string[];
    readonly seq: number;
  } | null = null;
  /** A new page, alarm or offer that has the alarm line until then; monotonic ms. */
  readonly held: { readonly id: string; readonly until: number } | null = null;
  /** When Ctrl-C was pressed on an empty line; a second one within two seconds leaves. */
  readonly leaveAskedAt: number | null = null;
  /** The page that is shown, since when, and when it rang last; monotonic ms. */
  readonly page: { readonly key: string; readonly since: number; readonly rungAt: number } | null = null;
  /** Pages that are hidden, until when; monotonic ms. */
  readonly putOff: Readonly<Record<string, number>> = {};
  /** When the last key was pressed; monotonic ms. */
  readonly typedAt: number = 0;
  readonly mouse: boolean = false;
  /** When the window last got the focus; monotonic ms. */
  readonly focusedAt: number | null = null;
  /** The incident that `readMark`, `scroll` and `selected` belong to. */
  readonly incident: string | null = null;
}
export interface Ui extends UiState {
  readonly size: Size;
  readonly me: string;
  readonly zone: Zone;
  readonly ascii: boolean;
}
export const blankUi = (size: Size, me: string, zone: Zone, ascii: boolean): Ui => ({
  ...new UiState(),
  size,
  me,
  zone,
  ascii,
});

/** `key`: to the next or the previous key entry. `now`: out of the past. */
export type PastMove =
  | { readonly to: number }
  | { readonly seq: number }
  | { readonly key: 1 | -1 }
  | { readonly speed: 1 | -1 }
  | 'toggle'
  | 'now';

/** Side effects, in order. */
export type Effect =
  | { readonly do: 'submit'; readonly command: ConsoleCommand; readonly incident: string | null }
  | { readonly do: 'follow'; readonly incident: string | null }
  | { readonly do: 'dismiss'; readonly id: string }
  /** Fetches older entries, back to `from`. */
  | { readonly do: 'page'; readonly from: number }
  | { readonly do: 'ring'; readonly text: string }
  | { readonly do: 'copy'; readonly what: string; readonly text: string }
  /** Looks for turning points of metrics in what the hub kept; they come as an input. */
  | { readonly do: 'measure'; readonly incident: string }
  /** Moves through the past. */
  | { readonly do: 'past'; readonly move: PastMove }
  /** Asks the hub; the answer comes as an input. */
  | { readonly do: 'ask'; readonly about: Question }
  | { readonly do: 'mouse'; readonly on: boolean }
  | { readonly do: 'theme'; readonly name: ThemeName }
  | { readonly do: 'suspend' }
  | { readonly do: 'redraw' }
  | { readonly do: 'quit' };

export interface UiChange {
  readonly ui: Ui;
  readonly effects: readonly Effect[];
}

/** Ids of the panels in the order of Tab and of Alt-1 to Alt-9; those beside the timeline last. */
export const panelIds = ({ slots, contextSlots }: Ui): readonly string[] =>
  [...slots, ...contextSlots].map(({ id }) => id);

/** How long a notice stays, ms. */
const NOTICE_MS = 8000;

export const stay = (ui: Ui): UiChange => ({ ui, effects: [] });
export const withEffect = (ui: Ui, ...effects: Effect[]): UiChange => ({ ui, effects });

/** Sends `command` for the incident that is shown; a declaration is for none. */
export const submitting = (
  command: ConsoleCommand,
  { incident }: { readonly incident: { readonly id: string } | null },
): Effect => ({ do: 'submit', command, incident: command.kind === 'declare' ? null : (incident?.id ?? null) });

/** `ui` with a notice below the input. `at`: monotonic ms. */
export const say = (ui: Ui, text: string, at: number, bad = false): Ui => ({
  ...ui,
  notice: { text, bad, until: at + NOTICE_MS },
});

/** `ui` with a page over the panels, and nothing over it. */
export const openOver = (ui: Ui, over: Ui['over']): Ui => ({ ...ui, modal: null, zoom: null, focus: 'line', over });

/** `ui` whose slots are decided again at the next update. */
export const replan = (ui: Ui): Ui => ({ ...ui, slotsFor: '' });

/** The prompt before the draft: ` bob > `; shorter on a narrow screen. */
export function promptOf(me: string, cols: number): string {
  if (cols < 12) return '';
  return cols < 40 || width(me) > cols / 4 ? '> ' : ` ${me} > `;
}

/** Columns left for the draft beside the prompt. */
export const draftCols = (ui: Ui): number =>
  Math.max(1, ui.size.cols - width(promptOf(ui.me, ui.size.cols)) - (ui.size.cols > 1 ? 1 : 0));

/** Rows of a draft shown at once; a longer one scrolls. */
const DRAFT_ROWS = 5;

/** What was refused as rows beside the input, two at most. */
export const refusedRows = (refused: string, cols: number): readonly SafeText[] =>
  wrapText(`not done: ${refused}`, Math.max(1, cols - 4)).slice(0, 2);

export function currentLayout(ui: Ui): Layout {
  const placed = layout(ui.size, ui, {
    zoom: ui.zoom,
    preset: ui.preset,
    incident: ui.incident !== null,
    lines:
      editorView(ui.draft, draftCols(ui), DRAFT_ROWS).rows.length +
      (ui.setAside.length > 0 ? 1 : 0) +
      (ui.refused === null ? 0 : refusedRows(ui.refused, ui.size.cols).length),
  });
  return ui.page === null ? placed : withPage(placed);
}
