/** What console tests share: a view of an incident made by the real fold, and a person at the keyboard. */
import { isRefusal } from '../../src/incident/decision.ts';
import type { Command } from '../../src/incident/command.ts';
import type { ConsoleCommand } from '../../src/protocol/command.ts';
import { clocks } from '../../src/incident/clocks.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import type { Answer, Question } from '../../src/protocol/questions.ts';
import type { Wish } from '../../src/console/layout.ts';
import { editorText } from '../../src/terminal/editor.ts';
import { blankUi, type Effect, type Ui } from '../../src/console/state.ts';
import { update, type UiEvent } from '../../src/console/update.ts';
import type { Wishes } from '../../src/console/panel-view.ts';
import { unconnected, type View } from '../../src/console/view.ts';
import { shippedDir } from '../../src/config/config.ts';
import { readTemplates } from '../../src/config/templates.ts';
import { Story } from '../incident/story.ts';

/** 2026-11-23 13:05:15 UTC. */
export const NOW = Date.UTC(2026, 10, 23, 13, 5, 15);

/** One line of a story: who asked for what, how many seconds before NOW. */
export type Told = readonly [who: string, command: Command, ago?: number];

/** The record those commands lead to. */
export function record(told: readonly Told[]): { readonly incident: Incident; readonly events: readonly Event[] } {
  const story = new Story('2026-11-23-checkout-errors');
  for (const [i, [who, command, ago = (told.length - i) * 60]] of told.entries()) {
    const answer = story.tell(who, command, 0, { now: new Date(NOW - ago * 1000).toISOString() });
    if (isRefusal(answer)) throw new Error(answer.reason);
  }
  return { incident: story.state, events: story.events };
}

export const STORY: readonly Told[] = [
  ['alice', { kind: 'declare', title: 'checkout errors eu-west', severity: 'SEV-2' }],
  ['alice', { kind: 'acknowledge' }],
  ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }],
  ['alice', { kind: 'assign_role', role: 'scribe', name: 'bob' }],
  ['bob', { kind: 'note', text: 'suspect deploy 4f2c1a at 12:55' }],
  ['carol', { kind: 'note', text: 'PG connections climbing, 88 of 100' }],
];

/** The shipped templates of public updates. */
export const { templates: TEMPLATES } = readTemplates([shippedDir()]);

/** A room at NOW with alice, bob and carol in it, seen by `me`. */
export function viewOf(me: string, told: readonly Told[] = STORY, more: Partial<View> = {}): View {
  const base = unconnected({ me, zone: 'utc', now: NOW, mono: 10_000 });
  const { incident, events } = record(told);
  const person = (name: string) => ({
    name,
    consoles: 1,
    observer: false,
    incident: incident.id,
    since: new Date(NOW - 600_000).toISOString(),
  });
  return {
    ...base,
    policy: HANDBOOK_POLICY,
    link: { state: 'live', since: NOW - 600_000, rttMs: 12, reason: null, readOnly: null, hub: 'ws://hub:7420' },
    incident: told.length === 0 ? null : incident,
    clocks: told.length === 0 ? null : clocks(incident, NOW),
    events,
    people: ['alice', 'bob', 'carol'].map(person),
    ...more,
  };
}

const WISHES: readonly Wish[] = [
  { id: 'health', health: 'crit', rows: 5 },
  { id: 'postgres', health: 'warn', rows: 4 },
  { id: 'redis', health: 'ok', rows: 2 },
  { id: 'websockets', health: 'ok', rows: 2 },
  { id: 'host', health: 'stale', rows: 2 },
];

/** A person at a keyboard. Time passes only by `wait`. */
export class Typist {
  ui: Ui;
  view: View;
  readonly done: Effect[] = [];
  readonly #wishes: Wishes;
  #at = 20_000;

  constructor(view: View, size = { cols: 80, rows: 24 }, wishes: Wishes = () => ({ panels: WISHES, context: [] })) {
    this.view = view;
    this.#wishes = wishes;
    this.ui = blankUi(size, view.me, 'utc', false);
    this.feed({ type: 'size', ...size, at: this.#at });
    // They have read the brief.
    if (this.ui.modal?.kind === 'brief') this.ui = { ...this.ui, modal: null };
  }

  feed(input: UiEvent): void {
    const { ui, effects } = update(this.ui, input, this.view, this.#wishes);
    this.ui = ui;
    this.done.push(...effects);
  }

  /** Presses keys by name: `f2`, `enter`, `ctrl-c`. */
  press(...names: readonly string[]): this {
    for (const name of names) this.feed({ type: 'key', name, at: this.#at });
    return this;
  }

  type(text: string): this {
    for (const char of text) this.feed({ type: 'key', name: char === ' ' ? 'space' : char, text: char, at: this.#at });
    return this;
  }

  paste(text: string): this {
    this.feed({ type: 'paste', text, dropped: 0, at: this.#at });
    return this;
  }

  wait(ms: number): this {
    this.#at += ms;
    this.feed({ type: 'news', at: this.#at });
    return this;
  }

  /** The room changed meanwhile. */
  sees(view: View): this {
    this.view = view;
    this.feed({ type: 'news', at: this.#at });
    return this;
  }

  /** The hub answers a question. */
  hears(about: Question, answer: Answer): this {
    this.feed({ type: 'answer', about, answer, at: this.#at });
    return this;
  }

  get draft(): string {
    return editorText(this.ui.draft);
  }

  /** Commands submitted so far. */
  get asked(): readonly ConsoleCommand[] {
    return this.done.flatMap((effect) => (effect.do === 'submit' ? [effect.command] : []));
  }
}
