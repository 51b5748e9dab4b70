/** Answers the questions of consoles, a few at a time. */
import { errorMessage } from '../incident/words.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import type { Connection } from './connection.ts';
import type { Digests } from './digests.ts';
import type { HubParts } from './hub-parts.ts';
import { recordTransfer } from './record-transfer.ts';

export interface QuestionsContext extends HubParts {
  readonly digests: Digests;
}

/** Answered at the same time: for one console, and for all. */
const AT_ONCE = { console: 2, all: 6 };

export class Questions {
  readonly #context: QuestionsContext;
  readonly #records: ReturnType<typeof recordTransfer>;
  readonly #running = new Map<Connection, number>();

  constructor(context: QuestionsContext) {
    this.#context = context;
    this.#records = recordTransfer(context);
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
    answer(await this.#answer(about, connection).catch((error: unknown) => ({ fault: errorMessage(error) })));
    const left = (this.#running.get(connection) ?? 1) - 1;
    if (left === 0) this.#running.delete(connection);
    else this.#running.set(connection, left);
  }

  async #answer(question: Question, connection: Connection): Promise<Answer> {
    const { options, figures, followUp, digests } = this.#context;
    switch (question.what) {
      case 'trace':
      case 'runbooks':
      case 'runbook':
        if (options.answering === undefined) throw new Error('this hub reads no logs and no runbooks');
        return options.answering(question);
      case 'figures':
        return { figures: await figures.since(question.since === undefined ? null : Date.parse(question.since)) };
      case 'follow_up':
        return { followUp: await followUp.all() };
      case 'digest':
        return digests.answer(question);
      default:
        return this.#records(question, connection);
    }
  }
}
