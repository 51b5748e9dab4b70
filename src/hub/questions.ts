/** Answers the questions of consoles, a few at a time. */
import { errorMessage } from '../incident/words.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import type { Connection } from './connection.ts';

/** What the hub's records answer. */
const OF_RECORDS = ['incidents', 'record', 'readings', 'import', 'archive', 'restore'] as const;
export type RecordQuestion = Extract<Question, { what: (typeof OF_RECORDS)[number] }>;
const isOfRecords = (question: Question): question is RecordQuestion =>
  OF_RECORDS.some((what) => what === question.what);

/** Looks for the answer; rejects, in words, where there is none. */
export type Answering<Q = Exclude<Question, RecordQuestion>> = (question: Q) => Promise<Answer>;
/** What the configuration answers; the hub knows the rest. */
export type ConfigQuestion = Exclude<Question, RecordQuestion | { readonly what: 'figures' | 'follow_up' | 'digest' }>;
export type RecordAnswering = (question: RecordQuestion, connection: Connection) => Promise<Answer>;

/** Answered at the same time: for one console, and for all. */
const AT_ONCE = { console: 2, all: 6 };

export class Questions {
  readonly #answering: Answering;
  readonly #records: RecordAnswering;
  readonly #running = new Map<Connection, number>();

  constructor(answering: Answering, records: RecordAnswering) {
    this.#answering = answering;
    this.#records = records;
  }

  async ask(connection: Connection, n: number, about: Question | { readonly what: 'unknown' }): Promise<void> {
    const answer = (answer: Answer): void => {
      if (connection.open) connection.send({ type: 'answer', n, ...answer });
    };
    if (about.what === 'unknown')
      return answer({ fault: 'this hub does not know that: upgrade warroom where it runs' });
    const mine = this.#running.get(connection) ?? 0;
    const all = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
    if (mine >= AT_ONCE.console || all >= AT_ONCE.all)
      return answer({ fault: 'the hub still looks for what was asked before: ask again in a moment' });
    this.#running.set(connection, mine + 1);
    const asked = isOfRecords(about) ? this.#records(about, connection) : this.#answering(about);
    answer(await asked.catch((error: unknown) => ({ fault: errorMessage(error) })));
    const left = (this.#running.get(connection) ?? 1) - 1;
    if (left === 0) this.#running.delete(connection);
    else this.#running.set(connection, left);
  }
}
