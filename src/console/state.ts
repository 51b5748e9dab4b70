/** The state of the screen: everything a key can change, as plain data, and the layout that follows from it. */
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Level, Role } from '../incident/vocabulary.ts';
import type { ThemeName } from '../terminal/theme.ts';
import { emptyDraft, type EditorState } from '../terminal/editor.ts';
import { type Slot, layout, type Layout } from './layout.ts';
import type { Zone } from '../incident/time.ts';
import { editorView } from '../terminal/editor-view.ts';
import { width } from '../terminal/text.ts';

/** What a form is about to change, and its value: when that differs from what the form saw, the form asks again. */
export interface Watched {
  readonly what: 'severity' | 'status' | Role;
  readonly value: string | null;
}

interface Opened<Kind extends string> {
  readonly kind: Kind;
  /** Monotonic ms. */
  readonly openedAt: number;
}
/** A list with a line to type in that narrows it down. */
interface Queried<Kind extends string> extends Opened<Kind> {
  readonly query: EditorState;
  /** The item that is marked; Enter takes it. */
  readonly at: number;
}
interface Scrolled<Kind extends string> extends Opened<Kind> {
  readonly scroll: number;
}

export interface Form extends Opened<'form'> {
  /** Name of the action it asks for. */
  readonly action: string;
  /** Values of the choice fields. */
  readonly chosen: Readonly<Record<string, string>>;
  /** What is typed in the text and person fields. */
  readonly typed: Readonly<Record<string, EditorState>>;
  /** Index of the person picked from those listed. */
  readonly picked: number;
  /** Index of the field with the focus. */
  readonly focus: number;
  /** What the form was about to change when it was opened or last confirmed. */
  readonly seen: Watched | null;
  /** Keys that had no effect in the form: they may have been meant for the input line. */
  readonly stray: string;
  /** The doubt shown last; Enter on the same doubt goes ahead. */
  readonly doubt: string | null;
  /** Why Enter was rejected. */
  readonly trouble: string | null;
}
export type Palette = Queried<'palette'>;
export type Search = Queried<'search'>;
export interface Help extends Queried<'help'> {
  /** The modal from which help was opened; closing help returns to it. */
  readonly over: Exclude<Modal, Help> | null;
}
/** One entry in full, with its history. */
export interface Detail extends Scrolled<'detail'> {
  readonly seq: number;
}
/** A list to pick one of: open incidents, who is here. */
export interface Listing extends Opened<'incidents' | 'people'> {
  readonly at: number;
}
/** What somebody who joins late must know. */
export type Brief = Scrolled<'brief'>;
/** Lines typed before, to use one again. */
export type TypedBefore = Queried<'history'>;
/** What the terminal sends for each key. */
export interface Keys extends Opened<'keys'> {
  readonly seen: readonly string[];
}
export type Modal = Form | Palette | Search | Help | Detail | Listing | Brief | TypedBefore | Keys;

export interface Ui {
  readonly size: { readonly cols: number; readonly rows: number };
  readonly me: string;
  readonly zone: Zone;
  readonly ascii: boolean;
  readonly draft: EditorState;
  /** The draft as Enter rejected it; while it is the draft, what is typed next begins a new line. */
  readonly rejected: EditorState | null;
  /** Rejected lines that wait beside the input, oldest first: nothing typed is lost, or joined to another line. */
  readonly setAside: readonly string[];
  /** Lines sent from here, oldest first. */
  readonly history: readonly string[];
  /** The newest line of the history was cleared, not sent: Up brings it back first. */
  readonly unsent: boolean;
  /** Index of the history line that is shown, and the draft to return to; null: the draft is shown. */
  readonly recall: { readonly at: number; readonly draft: EditorState } | null;
  /** Names of the actions used last, newest first: the palette begins with them. */
  readonly recent: readonly string[];
  /** The suggestion picked in the menu above the line; null: none picked. */
  readonly picked: number | null;
  /** What has the focus: `line`, `timeline`, or the id of a panel. */
  readonly focus: string;
  /** The last entry in view, and how many of its rows are below the edge; null: at the end, live. */
  readonly scroll: { readonly seq: number; readonly rows: number } | null;
  /** Moving to the first entry while older ones are fetched. */
  readonly climbing: boolean;
  readonly level: Level;
  readonly filter: string;
  /** The last search, for n and N. */
  readonly sought: string;
  /** Seq of the last entry of the shown incident that this person has read. */
  readonly readMark: number | null;
  /** The entries after the mark arrived while this console was away. */
  readonly left: boolean;
  /** The link was live at the last input. */
  readonly wasLive: boolean;
  readonly selected: number | null;
  /** Read marks of incidents shown before, by id; and those an earlier console saved. */
  readonly marks: Readonly<Record<string, number>>;
  readonly leftMarks: Readonly<Record<string, number>>;
  /** The panel that fills the place of all panels; null: none is zoomed. */
  readonly zoom: string | null;
  /** Rows of the zoomed panel that are scrolled over. */
  readonly paged: number;
  readonly preset: number;
  readonly slots: readonly Slot[];
  readonly contextSlots: readonly Slot[];
  /** How far back the charts of a zoomed panel reach, ms. */
  readonly chartMs: number;
  /** A key of everything the slots depend on; when it changes, they are decided again. */
  readonly slotsFor: string;
  readonly modal: Modal | null;
  readonly notice: { readonly text: string; readonly bad: boolean; readonly until: number } | null;
  /** The oldest command without an answer, and since when it has been the oldest; monotonic ms. */
  readonly waiting: { readonly id: string; readonly at: number } | null;
  /** Id of the refused command that was shown last. */
  readonly toldRefused: string | null;
  /** When Ctrl-C was pressed on an empty line; a second one within two seconds leaves. */
  readonly leaveAskedAt: number | null;
  readonly mouse: boolean;
  /** When the window last got the focus; monotonic ms. */
  readonly focusedAt: number | null;
  /** The incident that `readMark`, `scroll` and `selected` belong to. */
  readonly incident: string | null;
}

/** Side effects, performed by the app in order. */
export type Effect =
  | { readonly do: 'submit'; readonly command: ConsoleCommand; readonly incident: string | null }
  | { readonly do: 'follow'; readonly incident: string | null }
  | { readonly do: 'dismiss'; readonly id: string }
  /** Fetches older entries, back to `from`. */
  | { readonly do: 'page'; readonly from: number }
  | { readonly do: 'copy'; readonly seq: number; readonly text: string }
  | { readonly do: 'mouse'; readonly on: boolean }
  | { readonly do: 'theme'; readonly name: ThemeName }
  | { readonly do: 'suspend' }
  | { readonly do: 'redraw' }
  | { readonly do: 'quit' };

export interface UiChange {
  readonly ui: Ui;
  readonly effects: readonly Effect[];
}

export const blankUi = (size: Ui['size'], me: string, zone: Zone, ascii: boolean): Ui => ({
  size,
  me,
  zone,
  ascii,
  draft: emptyDraft,
  rejected: null,
  setAside: [],
  history: [],
  unsent: false,
  recall: null,
  recent: [],
  picked: null,
  focus: 'line',
  scroll: null,
  climbing: false,
  level: 'normal',
  filter: '',
  sought: '',
  readMark: null,
  left: false,
  wasLive: false,
  selected: null,
  marks: {},
  leftMarks: {},
  zoom: null,
  paged: 0,
  preset: 0,
  slots: [],
  contextSlots: [],
  chartMs: 15 * 60_000,
  slotsFor: '',
  modal: null,
  notice: null,
  waiting: null,
  toldRefused: null,
  leaveAskedAt: null,
  mouse: false,
  focusedAt: null,
  incident: null,
});

/** Ids of the panels, in the order of Tab and of Alt-1 to Alt-9; those beside the timeline last. */
export const panelIds = ({ slots, contextSlots }: Ui): readonly string[] =>
  [...slots, ...contextSlots].map(({ id }) => id);

/** How long a notice stays, ms. */
const NOTICE_MS = 8000;

export const stay = (ui: Ui): UiChange => ({ ui, effects: [] });
export const withEffect = (ui: Ui, ...effects: Effect[]): UiChange => ({ ui, effects });

/** `ui` with a notice in the alarm line. `at`: monotonic ms. */
export const say = (ui: Ui, text: string, at: number, bad = false): Ui => ({
  ...ui,
  notice: { text, bad, until: at + NOTICE_MS },
});

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

export const currentLayout = (ui: Ui): Layout =>
  layout(ui.size, ui, {
    zoom: ui.zoom,
    preset: ui.preset,
    incident: ui.incident !== null,
    lines: editorView(ui.draft, draftCols(ui), DRAFT_ROWS).rows.length + (ui.setAside.length > 0 ? 1 : 0),
  });
