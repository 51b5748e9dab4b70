/**
 * Connects client, screen and clock. Effects happen here and in start, plain, draft-autosave and clipboard; the other
 * files of this folder are pure.
 */
import { PANELS } from '../../panels/index.ts';
import { Memo } from '../../panels/memo.ts';
import type { Client } from '../client/client.ts';
import type { Changed } from '../client/view.ts';
import type { Zone } from '../incident/time.ts';
import { errorMessage } from '../incident/words.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Question } from '../protocol/questions.ts';
import { draftOf } from '../terminal/editor.ts';
import { createFrames } from '../terminal/frames.ts';
import type { Screen } from '../terminal/screen.ts';
import type { InputEvent } from '../terminal/sequences.ts';
import { depthOf, makeTheme } from '../terminal/theme.ts';
import type { Sent } from './clipboard.ts';
import { retyped } from './dispatch.ts';
import { type StateFile, autosaveDraft } from './draft-autosave.ts';
import { notNow } from './action.ts';
import { setAside } from './input-line.ts';
import { frame } from './frame.ts';
import type { OpenedPast } from '../client/record-at-hub.ts';
import type { PastPlayer } from './past-player.ts';
import { wishesOf } from './panel-view.ts';
import { newCall } from './alarm.ts';
import { pastUi } from './past.ts';
import { type Effect, type PastMove, type Ui, blankUi, say } from './state.ts';
import { typingTeller } from './typing-teller.ts';
import { type UiEvent, update } from './update.ts';
import { type View, unconnected, viewOf } from './view.ts';

/** What a console needs of a client; a replay has none behind it. */
export type RoomClient = Pick<
  Client,
  'view' | 'onChange' | 'submit' | 'settled' | 'dismiss' | 'follow' | 'typing' | 'page' | 'ask' | 'now' | 'close'
>;

/** A client connected to a hub, and its outbox. */
interface Connected {
  readonly client: RoomClient;
  /** What is played back; absent: the room is shown as it is. */
  readonly replay?: OpenedPast & { readonly at: number };
  /** Sentences to show at once. */
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
  readonly copy: (text: string) => Promise<Sent>;
  /** Rings the terminal's bell; `text` says what for. */
  readonly ring: (text: string) => void;
  /** Rejects, in words, when there will be no client. */
  readonly connect: () => Promise<Connected>;
  /** Closes the console as if the person left. */
  readonly ends?: Promise<unknown>;
}

export interface App {
  input(event: InputEvent): void;
  /** Saves the draft for the next console, synchronously. */
  save(): void;
  /** The exit code, when the person leaves. */
  readonly left: Promise<number>;
}

/** The interval at which clocks and readings are drawn; ms. */
const TICK_MS = 1000;

const WENT_BACK = 'THE RECORD WENT BACK: the hub has an older or another copy of it, entries you saw may be gone';

/** The fields of a pending command that could not be saved. */
const NOT_KEPT = { n: 0, id: '', at: 0, text: '', state: 'refused' } as const;

/** Runs the console on an open screen. */
export function runConsole(options: AppOptions): App {
  const { screen, memory } = options;
  const wishes = wishesOf(PANELS);
  const mono = (): number => performance.now();
  let line: Connected | null = null;
  let client: RoomClient | null = null;
  const memo = new Memo();
  let view: View = unconnected({ me: options.me, zone: options.zone, now: Date.now(), mono: mono(), memo });
  const { draft, history, marks, leftAt } = memory.found;
  let ui: Ui = {
    ...blankUi(screen.size(), options.me, options.zone, options.ascii),
    draft: draftOf(draft),
    history,
    leftMarks: marks,
    leftAt,
  };
  let leave: (code: number) => void = () => {};
  let fail: (fault: unknown) => void = () => {};
  const left = new Promise<number>((resolve, reject) => {
    leave = resolve;
    fail = reject;
  });
  const early: { readonly command: ConsoleCommand; readonly incident: string | null }[] = [];

  const typing = typingTeller((on) => client?.typing(on));
  /** What is shown instead of the room as it is. */
  let past: { readonly player: PastPlayer; ui: Ui; view: View } | null = null;
  const frames = createFrames(() => screen.draw(frame(past?.ui ?? ui, past?.view ?? view, PANELS)));
  const news = (): void => {
    const moment = { me: options.me, zone: ui.zone, now: client?.now() ?? Date.now(), mono: mono(), memo };
    view = client === null ? { ...view, ...moment } : viewOf(client, moment);
    if (past !== null) past.view = past.player.view({ ...moment, zone: past.ui.zone }, newCall(ui, view, callsBefore));
  };

  /** In the past keys go there; news, answers and what follows from them go on behind it. */
  function react(input: UiEvent): void {
    if (past !== null) {
      const step = update(past.ui, input, past.view, wishes);
      past.ui = step.ui;
      for (const effect of step.effects) performInPast(effect);
      frames.request(input.type === 'key' ? 'key' : 'news');
      if (input.type === 'key' || input.type === 'paste' || input.type === 'mouse') return;
    }
    const step = update(ui, input, view, wishes);
    ui = step.ui;
    for (const effect of step.effects) perform(effect);
    typing(ui, view, input.at);
    keeper.soon();
    entitle();
    frames.request(input.type === 'key' || input.type === 'paste' ? 'key' : 'news');
  }

  /** Changes are drawn at once, but readings, which arrive target by target, with the clock. */
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
    react({ type: 'news', at: mono() });
  }

  function tell(text: string, bad: boolean): void {
    if (past !== null) past.ui = say(past.ui, text, mono(), bad);
    else ui = say(ui, text, mono(), bad);
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
      // The answer to a command outside any incident has no entry to show.
      if ('done' in answer) tell(answer.done.said, false);
    } catch (fault) {
      tell(`NOT KEPT: ${errorMessage(fault)}`, true);
      // Beside the input, as the person may be typing another line by now.
      ui = setAside(ui, retyped({ ...NOT_KEPT, command, incident }, ui.zone));
    }
  }

  async function ask(about: Question): Promise<void> {
    const answer = (await client?.ask(about)) ?? { fault: 'there is no connection to a hub yet' };
    react({ type: 'answer', about, answer, at: mono() });
  }

  /** What metrics did in an incident; nothing where that is not known. */
  async function measure(incident: string): Promise<void> {
    if (client === null) return;
    const { measuredAt } = await import('./courses.ts');
    const points = await measuredAt(client, incident).catch(() => []);
    react({ type: 'measured', incident, points, at: mono() });
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

  let callsBefore: readonly string[] = [];
  async function openPast({ past: opened, hasReadings }: OpenedPast, isRunning: boolean): Promise<PastPlayer> {
    const { PastPlayer } = await import('./past-player.ts');
    callsBefore = ui.attended?.ids ?? [];
    const player = new PastPlayer({
      past: opened,
      hasReadings,
      isRunning,
      onMoved: look,
      onTrouble: (words) => tell(words, true),
    });
    past = { player, ui: pastUi(ui), view };
    return player;
  }

  /** Goes to the past of the room, or moves in it. */
  async function visit(move: PastMove): Promise<void> {
    if (past !== null) return move === 'now' ? leavePast() : past.player.move(move);
    const id = view.incident?.id;
    if (client === null || id === undefined || move === 'now') return;
    tell('reading the past of this room…', false);
    try {
      const { pastAtHub } = await import('../client/record-at-hub.ts');
      const live = client;
      const opened = await pastAtHub((about) => live.ask(about), id, live.now());
      ui = { ...ui, notice: null };
      // Asked for twice, or of a room that is not shown any more.
      if (past !== null || view.incident?.id !== id) return;
      const player = await openPast(opened, true);
      await player.move(move);
      look();
    } catch (fault) {
      tell(`the past of this room cannot be shown: ${errorMessage(fault)}`, true);
    }
  }

  function leavePast(): void {
    past?.player.stop();
    past = null;
    look();
  }

  /** Nothing is sent from the past, whatever asks for it. */
  function performInPast(effect: Effect): void {
    const isLook = !['submit', 'follow', 'dismiss', 'page', 'ring', 'measure'].includes(effect.do);
    if (isLook) perform(effect);
    else if (effect.do === 'submit' || effect.do === 'follow') tell(notNow(past?.view ?? view), true);
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'past':
        return void visit(effect.move);
      case 'submit':
        return void submit(effect.command, effect.incident);
      case 'follow':
        return client?.follow(effect.incident);
      case 'dismiss':
        // First the draft that was made from the refused command is saved.
        keeper.keep();
        return client?.dismiss(effect.id);
      case 'page':
        return void fetchBack(effect.from);
      case 'copy':
        return void options.copy(effect.text).then(({ said, bad }) => tell(`${effect.what} ${said}`, bad), fail);
      case 'ask':
        return void ask(effect.about);
      case 'measure':
        return void measure(effect.incident);
      case 'ring':
        return options.ring(effect.text);
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

  /** Names the terminal's window after the incident. */
  let title = '';
  function entitle(): void {
    const { incident } = view;
    const drill = incident?.drill === true ? 'DRILL ' : '';
    const next = incident === null ? 'warroom' : `${drill}${incident.severity} ${incident.title ?? ''}`;
    if (next === title) return;
    title = next;
    screen.setTitle(next);
  }

  const keeper = autosaveDraft(
    memory,
    () => ui,
    (why) => tell(`a draft would not survive this console: ${why}`, true),
  );

  const tick = setInterval(look, TICK_MS);
  screen.onResize(({ cols, rows }) => react({ type: 'size', cols, rows, at: mono() }));
  react({ type: 'size', ...screen.size(), at: mono() });

  void options.ends?.then(() => leave(0));
  let gone = false;
  options.connect().then((connected) => {
    // The person has left meanwhile.
    if (gone) return void connected.client.close().finally(() => connected.outbox.close());
    line = connected;
    client = connected.client;
    client.onChange(hear);
    look();
    if (connected.replay !== undefined)
      void openPast(connected.replay, false).then((player) => player.move({ to: connected.replay?.at ?? 0 }));
    for (const trouble of connected.troubles ?? []) tell(trouble, true);
    for (const { command, incident } of early.splice(0)) void submit(command, incident);
  }, fail);

  return {
    input: (event) => react({ ...event, at: mono() }),
    save: () => keeper.leave(),
    left: left.finally(async () => {
      gone = true;
      clearInterval(tick);
      past?.player.stop();
      keeper.stop();
      frames.stop();
      try {
        keeper.leave();
      } catch {
        // The failure was shown while somebody could read it.
      }
      await line?.client.close();
      await line?.outbox.close();
    }),
  };
}
