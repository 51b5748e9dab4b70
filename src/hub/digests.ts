/** Makes the weekly digest and the report at each hand-off when they are due and receivers want them, each once; and for whoever asks. */
import { setImmediate } from 'node:timers/promises';
import type { Receiver } from '../delivery/receiver.ts';
import { shortenText } from '../incident/bounds.ts';
import type { DigestKind } from '../incident/deliveries.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { HUB_STREAM, type HubRecordCommand } from '../incident/hub-record.ts';
import { TEXT_LIMITS } from '../incident/shapes.ts';
import { DAY } from '../incident/time.ts';
import { seriesName, type DigestSeries } from '../incident/topics/digests.ts';
import { errorMessage } from '../incident/words.ts';
import { lastHandOff, mondayBefore, nextHandOff, type HandOff } from '../oncall/hand-offs.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { digestMarkdown } from '../report/digest.ts';
import { shiftFacts, weekFacts, type DigestFactsContext } from './digest-facts.ts';
import { commandHash } from './submission.ts';

/** What was due longer ago is not made any more. */
const OLDEST_MS = DAY;
/** Timers are bounded because the wall clock may be set, ms. */
const LONGEST_SLEEP_MS = 30_000;
/** Before what could not be made is tried again, ms. */
const AGAIN_MS = 5_000;

/** `handOff` null: the end of a week. `at`: ms since 1970. */
interface Due {
  readonly at: number;
  readonly handOff: HandOff | null;
}
interface Wanted extends DigestSeries {
  /** Who want it. */
  readonly receivers: readonly string[];
  /** The last one that was due at `at`; null: none is known. */
  readonly last: (at: number) => Due | null;
  /** When the next one after `at` is; Infinity: none is in sight. */
  readonly next: (at: number) => number;
}

export class Digests {
  readonly #context: DigestFactsContext;
  #timer: NodeJS.Timeout | null = null;
  /** Nothing is due before then, ms since 1970. */
  #next = Infinity;
  #making: Promise<void> | null = null;
  #isChanged = false;
  #isClosed = false;
  /** The last fault; each is said once. */
  #fault = '';

  constructor(context: DigestFactsContext) {
    this.#context = context;
  }

  /** The hub has started, or receivers or the on-call plan changed: looks for what is due. */
  changed(): void {
    this.#isChanged = true;
    this.#making ??= this.#makeAll().finally(() => (this.#making = null));
  }

  /** Receivers wait for what will be due. */
  get isBusy(): boolean {
    return this.#wanted().length > 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#making;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Without `of`: the hand-off nearest to now where it is less than a day away, else the week until now. */
  async answer({ of, rotation }: Extract<Question, { what: 'digest' }>): Promise<Answer> {
    const now = this.#context.clock.wall();
    const nearest = of === 'digest' ? null : await this.#nearest(rotation, now);
    if (of === 'handoff' && (nearest === null || typeof nearest === 'string'))
      throw new Error(nearest ?? 'there is no hand-off: nobody takes over from anybody');
    if (nearest !== null && typeof nearest !== 'string' && (of === 'handoff' || distance(nearest, now) < DAY))
      return { digest: await shiftFacts(this.#context, nearest, null) };
    return { digest: await weekFacts(this.#context, { zone: 'UTC', until: now, dueAt: null }) };
  }

  /** The hand-off nearest to now, null: there is none; a sentence: why there can be none. */
  async #nearest(rotation: string | undefined, now: number): Promise<HandOff | string | null> {
    const { plan } = this.#context.oncall;
    if (plan === null) return 'nobody is on call here: the configuration has no oncall.yaml with people';
    const names = plan.rotations.map(({ name }) => name);
    if (rotation !== undefined && !names.includes(rotation))
      return `there is no rotation "${rotation}"${suggestion(rotation, names) || `; known: ${names.join(', ')}`}`;
    const all: HandOff[] = [];
    for (const name of rotation === undefined ? names : [rotation]) {
      all.push(...[lastHandOff(plan, name, now), nextHandOff(plan, name, now)].filter((one) => one !== null));
      await setImmediate();
    }
    return all.sort((a, b) => distance(a, now) - distance(b, now))[0] ?? null;
  }

  #wanted(): readonly Wanted[] {
    const { plan } = this.#context.oncall;
    const who = (kind: DigestKind): readonly Receiver[] =>
      this.#context.receivers().filter(({ events }) => events.includes(kind));
    const zones = new Set(who('digest').map(({ zone = 'UTC' }) => zone));
    const weeks = [...zones].map((of): Wanted => ({
      what: 'digest',
      of,
      receivers: who('digest').flatMap(({ name, zone = 'UTC' }) => (zone === of ? [name] : [])),
      last: (at) => ({ at: mondayBefore(of, at), handOff: null }),
      next: (at) => mondayBefore(of, at, 1),
    }));
    if (plan === null) return weeks;
    const handOffs = plan.rotations.flatMap(({ name: of }): readonly Wanted[] => {
      const isOn = (route: string): boolean =>
        Object.values(plan.routes[route] ?? {}).some((step) => 'rotation' in step && step.rotation === of);
      const theirs = who('handoff').filter(({ routes }) => routes.length === 0 || routes.some(isOn));
      if (theirs.length === 0) return [];
      const dueAt = (handOff: HandOff | null): Due | null => handOff && { at: Date.parse(handOff.at), handOff };
      return [
        {
          what: 'handoff',
          of,
          receivers: theirs.map(({ name }) => name),
          last: (at) => dueAt(lastHandOff(plan, of, at)),
          next: (at) => dueAt(nextHandOff(plan, of, at))?.at ?? Infinity,
        },
      ];
    });
    return [...weeks, ...handOffs];
  }

  async #makeAll(): Promise<void> {
    while (this.#isChanged && !this.#isClosed) {
      this.#isChanged = false;
      try {
        await this.#makeDue();
        this.#fault = '';
      } catch (error) {
        const fault = `a digest could not be made: ${errorMessage(error)}`;
        if (fault !== this.#fault) this.#context.say(fault);
        this.#fault = fault;
        this.#next = this.#context.clock.wall() + AGAIN_MS;
      }
    }
    this.#sleep();
  }

  #sleep(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#next === Infinity || this.#isClosed) return;
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(1, this.#next - this.#context.clock.wall()));
    this.#timer = setTimeout(() => {
      if (this.#context.clock.wall() >= this.#next) this.changed();
      else this.#sleep();
    }, waitMs);
  }

  async #makeDue(): Promise<void> {
    const { clock, record } = this.#context;
    this.#next = Infinity;
    for (const wanted of this.#wanted()) {
      // A long plan takes its time.
      await setImmediate();
      const now = clock.wall();
      const settled = Date.parse(record.state.digests[seriesName(wanted)] ?? '');
      if (Number.isNaN(settled)) await this.#skip(wanted, now, 'nobody wanted it before');
      // What was made meanwhile is known by its origin, and not made again.
      else if (settled > now) await this.#skip(wanted, now, 'the clock was ahead');
      else {
        const due: Due[] = [];
        let last = wanted.last(now);
        for (; last !== null && last.at > Math.max(settled, now - OLDEST_MS); last = wanted.last(last.at - 1))
          due.unshift(last);
        if (last !== null && last.at > settled)
          await this.#skip(wanted, last.at, 'the hub was down for more than a day');
        for (const one of due) await this.#make(wanted, one);
      }
      this.#next = Math.min(this.#next, wanted.next(now));
    }
  }

  async #make({ what, of, receivers }: Wanted, { at, handOff }: Due): Promise<void> {
    const dueAt = new Date(at).toISOString();
    const facts = await (handOff === null
      ? weekFacts(this.#context, { zone: of, until: at, dueAt })
      : shiftFacts(this.#context, handOff, dueAt));
    const text = shortenText(digestMarkdown(facts, 'utc'), TEXT_LIMITS.text);
    await this.#record({ kind: 'make_digest', what, of, dueAt, text, receivers: [...receivers] }, dueAt);
  }

  #skip({ what, of }: Wanted, at: number, why: string): Promise<void> {
    const until = new Date(at).toISOString();
    return this.#record({ kind: 'skip_digests', what, of, until, why }, until);
  }

  /** Once for that time, whatever it says: another hub, or this one after a crash, may have recorded it already. */
  async #record(command: Extract<HubRecordCommand, DigestSeries>, at: string): Promise<void> {
    const { record, newId, clock } = this.#context;
    const key = `${command.kind} ${seriesName(command)} ${at}`;
    const result = await record.execute({
      origin: { client: `policy ${key}`, n: 1, hash: commandHash(HUB_STREAM, { key }) },
      id: newId(clock.wall()),
      actor: { name: 'hub', observer: false, via: 'hub' },
      command,
    });
    if ('refused' in result) throw new Error(result.reason);
  }
}

const distance = ({ at }: HandOff, now: number): number => Math.abs(Date.parse(at) - now);
