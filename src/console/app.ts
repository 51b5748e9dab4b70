/**
 * The console at work: client, screen and clock joined. Effects happen here, and in start, plain, draft-autosave and
 * clipboard; all other files of this folder are pure.
 */
import { CONTEXT, PANELS } from '../../panels/index.ts';
import { Memo } from '../../panels/memo.ts';
import type { Changed, Client } from '../client/client.ts';
import type { Zone } from '../incident/time.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { draftOf, isEmptyText } from '../terminal/editor.ts';
import { createFrames } from '../terminal/frames.ts';
import type { Screen } from '../terminal/screen.ts';
import type { InputEvent } from '../terminal/sequences.ts';
import { depthOf, makeTheme } from '../terminal/theme.ts';
import type { Sent } from './clipboard.ts';
import { retyped } from './dispatch.ts';
import { DraftAutosave, type SavedState, type StateFile } from './draft-autosave.ts';
import { setAside } from './input-line.ts';
import { frame } from './frame.ts';
import { panelsOf, wishesOf } from './panel-view.ts';
import { type Effect, type Ui, blankUi, say } from './state.ts';
import { type UiEvent, update } from './update.ts';
import { type View, unconnected, viewOf } from './view.ts';

/** A client connected to a hub, and its outbox. */
export interface Connected {
  readonly client: Client;
  /** Sentences to show at once, such as what an earlier console left and cannot be sent from here. */
  readonly troubles?: readonly string[];
  readonly outbox: { close(): Promise<void> };
}

export interface AppOptions {
  readonly me: string;
  readonly zone: Zone;
  readonly ascii: boolean;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly screen: Screen;
  readonly memory: StateFile;
  /** Sends a text to the clipboard and answers what happened. */
  readonly copy: (text: string) => Promise<Sent>;
  /** Resolves with the connected client; rejects, in words, when there will be none. */
  readonly connect: () => Promise<Connected>;
}

export interface App {
  input(event: InputEvent): void;
  /** Saves the draft for the next console, at once: for the end of the process. */
  save(): void;
  /** Resolves with the exit code when the person leaves. */
  readonly left: Promise<number>;
}

/** The clock on the screen advances this often, and readings that arrived since are drawn with it; ms. */
const TICK_MS = 1000;

const WENT_BACK = 'THE RECORD WENT BACK: the hub has an older or another copy of it, entries you saw may be gone';

/** The fields of a pending command that got no number because it could not be saved. */
const NOT_KEPT = { n: 0, id: '', at: 0, text: '', state: 'refused' } as const;

/** `ui` with what the previous console saved. */
const remembered = (ui: Ui, { draft, history, marks }: SavedState): Ui => ({
  ...ui,
  draft: draftOf(draft),
  history,
  leftMarks: marks,
});

function inputOf(event: InputEvent, at: number): UiEvent {
  switch (event.type) {
    case 'key':
      return { kind: 'key', name: event.name, at, ...(event.text === undefined ? {} : { text: event.text }) };
    case 'paste':
      return { kind: 'paste', text: event.text, dropped: event.dropped, at };
    case 'mouse':
      return { kind: 'mouse', pointer: event, at };
    case 'focus':
      return { kind: 'focus', on: event.on, at };
    default:
      return event satisfies never;
  }
}

/** Runs the console on a screen that is open. */
export function runConsole(options: AppOptions): App {
  const { screen, memory } = options;
  const panels = panelsOf(PANELS, CONTEXT);
  const wishes = wishesOf(panels);
  const mono = (): number => performance.now();
  let line: Connected | null = null;
  let client: Client | null = null;
  const memo = new Memo();
  let view: View = unconnected({ me: options.me, zone: options.zone, now: Date.now(), mono: mono(), memo });
  let ui = remembered(blankUi(screen.size(), options.me, options.zone, options.ascii), memory.found);
  let leave: (code: number) => void = () => {};
  let fail: (fault: unknown) => void = () => {};
  const left = new Promise<number>((resolve, reject) => {
    leave = resolve;
    fail = reject;
  });
  const early: { readonly command: ConsoleCommand; readonly incident: string | null }[] = [];

  const typing = typingTeller((on) => client?.typing(on));
  const frames = createFrames(() => screen.draw(frame(ui, view, panels)));
  const news = (): void => {
    const moment = { me: options.me, zone: ui.zone, now: client?.now() ?? Date.now(), mono: mono(), memo };
    view = client === null ? { ...view, ...moment } : viewOf(client, moment);
  };

  function react(input: UiEvent): void {
    const step = update(ui, input, view, wishes);
    ui = step.ui;
    for (const effect of step.effects) perform(effect);
    typing(ui, view, input.at);
    keeper.soon();
    entitle();
    frames.request(input.kind === 'key' || input.kind === 'paste' ? 'key' : 'news');
  }

  /** Changes are drawn at once, except readings, which arrive target by target: they are drawn with the clock. */
  let soon = false;
  function hear(what: ReadonlySet<Changed>): void {
    if (what.has('past')) tell(WENT_BACK, true);
    if (soon || [...what].every((each) => each === 'readings')) return;
    soon = true;
    queueMicrotask(look);
  }
  let leftOut: string | null = null;
  function look(): void {
    soon = false;
    news();
    const now = client?.view.leftOut ?? null;
    if (now !== null && now !== leftOut) tell(now, true);
    leftOut = now;
    react({ kind: 'news', at: mono() });
  }

  function tell(text: string, bad: boolean): void {
    ui = say(ui, text, mono(), bad);
    frames.request();
  }

  async function submit(command: ConsoleCommand, incident: string | null): Promise<void> {
    if (client === null) {
      early.push({ command, incident });
      return;
    }
    try {
      const { n } = await client.submit(command, incident);
      const answer = await client.settled(n);
      if ('ack' in answer && command.kind === 'declare') client.follow(answer.ack.incident);
      // An answer to a command outside any incident has no entry on the screen: it is shown as a notice.
      if ('done' in answer) tell(answer.done.said, false);
    } catch (fault) {
      tell(`NOT KEPT: ${fault instanceof Error ? fault.message : String(fault)}`, true);
      const line = retyped({ ...NOT_KEPT, command }, ui.zone);
      // The person may be typing another line by now, so the text waits beside the input.
      ui = setAside(ui, line);
    }
  }

  /** Fetches older entries, a page at a time, until `from` is held or the hub has no more. */
  let fetching = false;
  async function fetchBack(from: number): Promise<void> {
    if (client === null || fetching) return;
    fetching = true;
    try {
      for (;;) {
        const first = client.view.events[0]?.seq ?? 0;
        if (first <= from || (await client.page(from, first - 1)).length === 0) return;
        if ((client.view.events[0]?.seq ?? 0) >= first) return;
      }
    } finally {
      fetching = false;
    }
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'submit':
        return void submit(effect.command, effect.incident);
      case 'follow':
        return client?.follow(effect.incident);
      case 'dismiss':
        // The draft is saved before the refused command it came from is removed.
        keeper.keep();
        return client?.dismiss(effect.id);
      case 'page':
        return void fetchBack(effect.from);
      case 'copy':
        return void options.copy(effect.text).then(({ said, bad }) => tell(`#${effect.seq} ${said}`, bad), fail);
      case 'mouse':
        return screen.setMouse(effect.on);
      case 'theme':
        return screen.setTheme(makeTheme(effect.name, options.color ? depthOf(options.env) : 0));
      case 'suspend':
        if (!screen.suspend()) tell('there is no shell to go back to', true);
        return;
      case 'redraw':
        return screen.redraw();
      case 'quit':
        return leave(0);
      default:
        return effect satisfies never;
    }
  }

  /** Names the terminal's window after the incident, so that it is found among many. */
  let title = '';
  function entitle(): void {
    const { incident } = view;
    const next = incident === null ? 'warroom' : `${incident.severity} ${incident.title ?? ''}`;
    if (next === title) return;
    title = next;
    screen.setTitle(next);
  }

  const keeper = new DraftAutosave(
    memory,
    () => ui,
    (why) => tell(`a draft would not survive this console: ${why}`, true),
  );

  const tick = setInterval(look, TICK_MS);
  screen.onResize(({ cols, rows }) => react({ kind: 'size', cols, rows, at: mono() }));
  react({ kind: 'size', ...screen.size(), at: mono() });

  let gone = false;
  options.connect().then((connected) => {
    // The person left before the connection was there.
    if (gone) return void connected.client.close().finally(() => connected.outbox.close());
    line = connected;
    client = connected.client;
    client.onChange(hear);
    look();
    for (const trouble of connected.troubles ?? []) tell(trouble, true);
    for (const { command, incident } of early.splice(0)) void submit(command, incident);
  }, fail);

  const end = (): void => {
    gone = true;
    clearInterval(tick);
    keeper.stop();
    frames.stop();
    try {
      keeper.leave();
    } catch {
      // The failure was shown while somebody could read it.
    }
  };
  return {
    input: (event) => react(inputOf(event, mono())),
    save: () => keeper.leave(),
    left: left.finally(async () => {
      end();
      await line?.client.close();
      await line?.outbox.close();
    }),
  };
}

/** Repeated this often, as the hub forgets it after twice that time, ms. */
const AGAIN_MS = 4000;

/** The draft will become an entry of this incident. */
const isEntry = ({ draft }: Ui, { incident, observer }: View): boolean =>
  incident !== null && !observer && !isEmptyText(draft) && (draft.pieces[0] !== '/' || draft.pieces[1] === '/');

/** To be called after every key; `tell` sends to the hub. `at`: monotonic ms. */
export function typingTeller(tell: (on: boolean) => void): (ui: Ui, view: View, at: number) => void {
  let told: { readonly on: boolean; readonly at: number; readonly draft: Ui['draft'] | null } = {
    on: false,
    at: 0,
    draft: null,
  };
  return (ui, view, at) => {
    const on = isEntry(ui, view);
    if (ui.draft === told.draft || (on === told.on && (!on || at - told.at < AGAIN_MS))) return;
    told = { on, at, draft: ui.draft };
    tell(on);
  };
}
