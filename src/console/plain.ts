/** The console as lines, for screen readers, serial consoles and pipes. */
import type { Readable, Writable } from 'node:stream';
import { HEALTH_STYLE } from '../../panels/health-style.ts';
import { PANELS } from '../../panels/index.ts';
import { Memo } from '../../panels/memo.ts';
import type { Health } from '../../panels/panel.ts';
import { until } from '../client/until.ts';
import { OUTPUT_KEPT, type ClientView } from '../client/view.ts';
import { errorMessage } from '../incident/words.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Question } from '../protocol/questions.ts';
import { isEnded } from '../incident/incident.ts';
import { isRunOver, runOf } from '../incident/runs.ts';
import { leadingTime } from '../incident/time-input.ts';
import { linesOf } from '../terminal/line-reader.ts';
import type { Line } from '../terminal/text.ts';
import { depthOf, makeTheme, ansiText, type Theme } from '../terminal/theme.ts';
import { alarm } from './alarm.ts';
import type { AppOptions, RoomClient } from './app.ts';
import { compose, perform, submit } from './dispatch.ts';
import { announced } from './announce.ts';
import { briefLines, plainEntryLines } from './entry-lines.ts';
import { usageOf } from './action.ts';
import { hubAction } from './actions/index.ts';
import { acceptForm } from './form.ts';
import { textLine } from './modal-parts.ts';
import { modelOf, visibleSeqs } from './panel-view.ts';
import { drawModal } from './modal-view.ts';
import { traceLines } from './trace-lines.ts';
import { blankUi, stay, type Form, type Ui, type UiChange } from './state.ts';
import { viewOf, type View } from './view.ts';
import { dayedTime } from '../incident/time.ts';

export type PlainOptions = Pick<AppOptions, 'me' | 'env' | 'zone' | 'ascii' | 'color' | 'connect' | 'ends'>;
interface PlainStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** How long the end of a pipe waits for answers; ms. */
const LAST_MS = 5000;
/** How long the first line of a pipe waits for an incident to load; ms. */
const READY_MS = 3000;
const TICK_MS = 1000;

/**
 * Resolves with the exit code: 0; 5 when something typed is kept but not yet sent; 4 when nothing was kept and the hub is
 * out of reach; from a pipe, 3 when a line was not done.
 */
export async function runPlain(
  options: PlainOptions,
  streams: PlainStreams = { input: process.stdin, output: process.stdout },
): Promise<number> {
  const { input } = streams;
  const { client, outbox, troubles = [] } = await options.connect();
  const room = new PlainRoom(options, client, streams);
  const off = client.onChange(() => room.look());
  const tick = setInterval(() => room.look(), TICK_MS);
  try {
    room.write(...troubles.map((trouble) => textLine(trouble, 'warn')));
    room.look();
    await room.ready();
    if (client.view.incident === null) room.header();
    const reading = (async () => {
      for await (const line of linesOf(input)) if (!(await room.take(line))) break;
    })();
    await Promise.race([reading, options.ends ?? reading]);
    input.destroy();
    if (!(await room.settled())) return 5;
    if (client.view.link.state !== 'live') return 4;
    return room.hasFailed && !input.isTTY ? 3 : 0;
  } finally {
    off();
    clearInterval(tick);
    await client.close();
    await outbox.close();
  }
}

/** The first health of a panel is not printed when it is one of these. */
const QUIET: readonly Health[] = ['ok', 'no-data'];

/** Prints every entry and every change of health once. */
class PlainRoom {
  readonly #client: RoomClient;
  readonly #output: PlainStreams['output'];
  readonly #theme: Theme;
  readonly #memo = new Memo();
  /** What was told last, by what it is of. */
  readonly #told = new Map<string, string>();
  #ui: Ui;
  #view: View;
  #last = 0;
  /** By the number of the run, how much of its output was printed. */
  readonly #printed = new Map<number, number>();
  /** Ids of commands typed here. */
  readonly #asked = new Set<string>();
  /** A date typed in an earlier line. */
  #date: string | null = null;
  /** What the last line left to be confirmed. */
  #doubt: string | null = null;
  #lines = 0;
  readonly #isPipe: boolean;
  /** A typed line was not done. */
  hasFailed = false;

  constructor({ me, zone, ascii, color, env }: PlainOptions, client: RoomClient, { input, output }: PlainStreams) {
    this.#isPipe = input.isTTY !== true;
    this.#output = output;
    this.#theme = makeTheme('auto', color && output.isTTY ? depthOf(env) : 0);
    this.#client = client;
    this.#ui = blankUi({ cols: Math.max(40, output.columns ?? 80), rows: 200 }, me, zone, ascii);
    this.#view = this.#known();
  }

  write(...lines: readonly Line[]): void {
    for (const line of lines) this.#output.write(`${ansiText(line, this.#theme).trimEnd()}\n`);
  }

  #known(): View {
    const { me, zone } = this.#ui;
    return viewOf(this.#client, { me, zone, now: this.#client.now(), mono: performance.now(), memo: this.#memo });
  }

  /** Prints what is new. */
  look(): void {
    const view = (this.#view = this.#known());
    const { incident, me, now } = view;
    if (incident !== null && incident.id !== this.#ui.incident) {
      this.#last = 0;
      this.#printed.clear();
      this.#ui = { ...this.#ui, incident: incident.id };
      this.header();
      if (!isEnded(incident) && incident.declaredBy !== me)
        this.write(textLine('BRIEF   what we know', 'title'), ...briefLines(incident, now, this.#ui.size.cols));
    }
    this.#sayOutput();
    const shown = new Set(visibleSeqs(this.#ui, view));
    for (const event of view.events) {
      if (event.seq <= this.#last) continue;
      this.#last = event.seq;
      if (shown.has(event.seq)) this.write(...plainEntryLines(event, view, this.#ui));
    }
    this.#sayNews();
    this.#sayRefusals();
    this.#sayHealth();
    this.#sayAcknowledged();
    this.#sayAlarm();
  }

  header(): void {
    const model = modelOf(this.#ui, this.#view);
    this.write(...PANELS.header.render(model, { cols: this.#ui.size.cols, rows: 2 }));
  }

  /** What steps print, by whole lines; of much output the beginning, as entries must not be lost in it. */
  #sayOutput(): void {
    const { incident, outputs = [] } = this.#view;
    for (const [ref, text] of outputs) {
      const from = this.#printed.get(ref) ?? 0;
      const run = incident === null ? undefined : runOf(incident, ref);
      const to = run !== undefined && isRunOver(run) ? text.length : text.lastIndexOf('\n') + 1;
      if (to <= from) continue;
      const isMuch = text.length >= OUTPUT_KEPT;
      this.#printed.set(ref, isMuch ? Infinity : to);
      const rows = isMuch ? ['there is more; the hub keeps it'] : text.slice(from, to).replace(/\n$/, '').split('\n');
      this.write(...rows.map((row) => textLine(`#${ref}: ${row}`, 'dim')));
    }
  }

  /** What the screen would tell without having been asked: a page, offers of command, an absence, what begins elsewhere. */
  #sayNews(): void {
    const { link, incident, now } = this.#view;
    const before = this.#ui.page?.key;
    if (link.state === 'lost' && this.#ui.away === null)
      this.#ui = { ...this.#ui, away: { leftAt: now }, left: true, readMark: incident?.head ?? null };
    const { ui, effects } = announced(stay(this.#ui), this.#view, true);
    const call = effects.find((effect) => effect.do === 'ring');
    if (call !== undefined && ui.page !== null && ui.page.key !== before) this.write(textLine(call.text, 'crit'));
    if (ui.notice !== null) this.write(textLine(ui.notice.text, ui.notice.bad ? 'warn' : 'info'));
    if (ui.offered !== null && ui.offered !== this.#ui.offered && incident !== null)
      this.write(...briefLines(incident, now, ui.size.cols));
    this.#ui = { ...ui, modal: null, over: null, notice: null };
    // Nothing but lines goes into a pipe.
    if (call !== undefined && this.#output.isTTY) this.#output.write('\x07');
  }

  /** Whether `value` is to be told: it has changed. `quiet`: what goes without saying at first. */
  #isNews(of: string, value: string, quiet: readonly string[] = []): boolean {
    const before = this.#told.get(of);
    this.#told.set(of, value);
    return value !== before && (before !== undefined || !quiet.includes(value));
  }

  #sayRefusals(): void {
    for (const { id, state, text, reason } of this.#view.pending) {
      if (state !== 'refused' || !this.#isNews(`refusal of ${id}`, state)) continue;
      if (this.#asked.has(id)) this.hasFailed = true;
      this.write(textLine(`NOT DONE: ${text}: ${reason ?? 'refused'}`, 'warn'));
    }
  }

  #sayHealth(): void {
    const model = modelOf(this.#ui, this.#view);
    for (const panel of PANELS.slotted) {
      const health = panel.health(model);
      // Without a target its panel begins anew.
      if (health === 'none') this.#told.delete(panel.id);
      if (health === 'none' || !this.#isNews(panel.id, health, QUIET)) continue;
      const { word, tone } = HEALTH_STYLE[health];
      this.write([...textLine(`${panel.title} ${word}: `, tone), ...panel.summary(model, this.#ui.size.cols - 30)]);
    }
  }

  /** Of alerts without an incident only: the others have an entry on the record. */
  #sayAcknowledged(): void {
    for (const { alert, severity, summary, acked, incident } of this.#view.alerts ?? []) {
      if (acked === undefined || incident !== null || !this.#isNews(`acknowledgement of ${alert}`, acked.at)) continue;
      const [at, until] = [acked.at, acked.until].map((moment) =>
        dayedTime(Date.parse(moment), this.#view.now, this.#ui.zone, true),
      );
      this.write(textLine(`${at} ${acked.by} acknowledged ${severity} ${summary}; it asks again ${until}`, 'info'));
    }
  }

  /** Prints the alarm when more of it changes than a clock. */
  #sayAlarm(): void {
    const { text: words, due, tone, slash } = alarm(this.#view);
    const text = due === undefined ? words : `${words} · ${due}`;
    if (tone === 'plain') return;
    const isNews = this.#isNews('alarm', text.replaceAll(/[\d:]+/g, ''));
    if (isNews && tone !== 'dim') this.write(textLine(`ALARM: ${text}${slash ? `: ${slash}` : ''}`, tone));
  }

  /** Handles a typed line; resolves with false to leave. */
  async take(line: string): Promise<boolean> {
    this.look();
    if (/^\/status\s*$/.test(line)) {
      this.header();
      return true;
    }
    this.#lines++;
    const view = this.#view;
    const time = line.startsWith('/') ? null : leadingTime(line, { ...view, date: this.#date });
    if (time !== null && 'date' in time && time.date !== null) this.#date = time.date;
    if (time !== null && 'at' in time && time.at === null) return true;
    const asked = compose(line, { ...view, date: this.#date });
    switch (asked.kind) {
      case 'nothing':
        return true;
      case 'trouble':
        this.#fail(textLine(this.#isPipe ? `line ${this.#lines}: ${asked.text}` : asked.text, 'warn'));
        return true;
      case 'command':
        return this.#act(submit(this.#ui, asked.command, view), '');
      case 'action':
        return this.#act(perform(this.#ui, asked.action, asked.args, view), usageOf(asked.action));
      default:
        return asked satisfies never;
    }
  }

  async #act(performed: UiChange, usage: string): Promise<boolean> {
    const { ui, effects } = this.#confirmed(performed);
    if (ui.modal?.kind === 'form')
      this.#fail(textLine(`say it on one line: ${usage}`, 'warn'), ...this.#choices(ui.modal));
    else if (ui.modal !== null && !('answer' in ui.modal)) {
      const place = { cols: ui.size.cols, rows: ui.size.rows, ascii: ui.ascii };
      const { title, lines } = drawModal(ui, ui.modal, this.#view, place);
      this.write(textLine(title, 'title'), ...lines.slice(0, -1));
    }
    if (ui.notice?.bad) this.#fail(textLine(ui.notice.text, 'warn'));
    else if (ui.notice !== null) this.write(textLine(ui.notice.text, 'info'));
    this.#ui = { ...ui, modal: null, over: null, notice: null };
    for (const effect of effects) {
      if (effect.do === 'quit') return false;
      if (effect.do === 'submit') await this.#submit(effect.command, effect.incident);
      // Plain mode has no clipboard.
      if (effect.do === 'copy') this.write(textLine(effect.text));
      if (effect.do === 'ask') await this.#ask(effect.about);
      if (effect.do === 'follow') this.#client.follow(effect.incident);
      if (effect.do === 'dismiss') this.#client.dismiss(effect.id);
    }
    return true;
  }

  /** A doubt is a warning in a pipe; at a terminal the same line, typed again, goes ahead. */
  #confirmed(performed: UiChange): UiChange {
    const { modal } = performed.ui;
    const doubt = modal?.kind === 'form' ? modal.doubt : null;
    const isAgain = this.#isPipe || doubt === this.#doubt;
    this.#doubt = doubt;
    if (modal?.kind !== 'form' || doubt === null) return performed;
    this.write(textLine(isAgain ? doubt : `${doubt}; the same line again goes ahead`, 'warn'));
    return isAgain ? acceptForm(performed.ui, modal, this.#view) : stay({ ...performed.ui, modal: null });
  }

  /** The choices of a form's first field. */
  #choices(form: Form): readonly Line[] {
    const [field] = hubAction(form.action).fields;
    if (field?.kind !== 'choice') return [];
    return field.from(this.#view).map(({ label, about = '' }) => textLine(`  ${label}  ${about}`));
  }

  /** What the hub answers is printed: a runbook whole, a trace line by line. */
  async #ask(about: Question): Promise<void> {
    const answer = await this.#client.ask(about);
    const { trace, runbook, runbooks, fault } = answer;
    if (fault !== undefined) return this.#fail(textLine(fault, 'warn'));
    if (trace !== undefined) return this.write(...traceLines(answer, this.#ui.zone, this.#ui.size.cols));
    if (runbooks !== undefined) return this.write(...runbooks.map(({ name, title }) => textLine(`${name}  ${title}`)));
    if (!runbook) return this.#fail(textLine('there is no such runbook: /runbook lists them', 'warn'));
    this.write(textLine(runbook.title, 'title'), ...runbook.text.split('\n').map((row) => textLine(row)));
  }

  async #submit(command: ConsoleCommand, incident: string | null): Promise<void> {
    try {
      const { n, id } = await this.#client.submit(command, incident);
      this.#asked.add(id);
      if (command.kind !== 'declare') return;
      const answer = await this.#client.settled(n);
      if (!('ack' in answer)) return;
      const { incident: declared } = answer.ack;
      this.#client.follow(declared);
      // The next line of a pipe is for the incident just declared.
      await until(this.#client, () => this.#client.view.incident?.id === declared || null, READY_MS);
    } catch (fault) {
      this.#fail(textLine(`NOT KEPT: ${errorMessage(fault)}`, 'crit'));
    }
  }

  #fail(...lines: readonly Line[]): void {
    this.hasFailed = true;
    this.write(...lines);
  }

  /** Waits until an incident is loaded or the hub has said that there is none. */
  ready(): Promise<unknown> {
    const is = ({ link, incidents, incident }: ClientView): boolean =>
      link.state === 'refused' || (link.state === 'live' && (incidents.length === 0 || incident !== null));
    return until(this.#client, () => is(this.#client.view) || null, READY_MS);
  }

  /** True once every command is answered; false when the link is lost, as the commands are kept on disk. */
  async settled(): Promise<boolean> {
    const sent = (): boolean => this.#client.view.pending.every(({ state }) => state === 'refused');
    await until(this.#client, () => sent() || this.#client.view.link.state === 'lost' || null, LAST_MS);
    return sent();
  }
}
