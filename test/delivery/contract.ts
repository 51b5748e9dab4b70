/** What every receiver over HTTP must do with what its provider answers: one table, run for each of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MessageKind } from '../../src/incident/deliveries.ts';
import type { Outcome, ReceiverKind } from '../../src/delivery/receiver.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import fc from '../support/property.ts';
import { hostile, message, messages, SECRET, sendContext } from './messages.ts';
import { Provider, type Behaviour, type ProviderOptions, type Request } from './provider.ts';

type State = Outcome['state'];

const TABLE: Readonly<Record<string, readonly [Behaviour, State]>> = {
  '200': [{ status: 200 }, 'delivered'],
  '202': [{ status: 202 }, 'delivered'],
  '307': [{ status: 307, headers: { location: '/' } }, 'failed'],
  '400': [{ status: 400 }, 'failed'],
  '401': [{ status: 401 }, 'failed'],
  '404': [{ status: 404 }, 'failed'],
  '420': [{ status: 420 }, 'retry'],
  '429': [{ status: 429, headers: { 'retry-after': '7' } }, 'retry'],
  '500': [{ status: 500 }, 'retry'],
  garbage: ['garbage', 'delivered'],
  hang: ['hang', 'in_doubt'],
  cut: ['cut', 'in_doubt'],
};

export interface Contract<S> extends ProviderOptions {
  readonly name: string;
  readonly kind: ReceiverKind<S>;
  /** Its own keys in receivers.yaml for a provider at `url`, with SECRET where it has one. */
  readonly settings: (url: string) => Readonly<Record<string, unknown>>;
  /** The kinds of message it is sent; default: those it takes by default. */
  readonly kinds?: readonly MessageKind[];
  /** What the provider recognises a repeated message by; null: nothing. */
  readonly keyOf: (request: Request) => string | null;
  /** How many requests a message takes: each of them gets the answers of the table. */
  readonly steps?: number;
  /** Where it differs from the table: by answer, or by `answer step`. */
  readonly outcomes?: Readonly<Record<string, State>>;
}

/** The settings of a receiver, which must be without fault. */
export function settingsOf<S>(kind: ReceiverKind<S>, raw: Readonly<Record<string, unknown>>): S {
  const read = new SettingsReader(raw);
  const settings = kind.read(read);
  expect(read.faults).toEqual([]);
  return settings;
}

export function testContract<S>(contract: Contract<S>): void {
  const { name, kind, steps = 1, kinds = [...kind.events, 'test'], keyOf, outcomes = {} } = contract;

  describe(name, () => {
    let provider: Provider;
    let settings: S;
    /** A hang is what it takes long for. */
    let hasty: S;
    beforeAll(async () => {
      provider = await Provider.open(contract);
      settings = settingsOf(kind, contract.settings(provider.url));
      hasty = settingsOf(kind, { ...contract.settings(provider.url), timeout: '600ms' });
    });
    beforeEach(() => {
      provider.requests.length = provider.faults.length = provider.script.length = 0;
    });
    afterAll(() => provider.close());

    test('every message, hostile or not, is right by the schema of the provider', async () => {
      for (const one of messages(kinds)) {
        expect(await kind.send(settings, one, sendContext())).toMatchObject({ state: 'delivered' });
        expect(provider.faults).toEqual([]);
      }
      expect(provider.requests.length).toBeGreaterThanOrEqual(messages(kinds).length);
    });

    test('whatever text comes', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 3_000 });
      const send = async (words: string, chosen: MessageKind): Promise<void> => {
        expect(await kind.send(settings, hostile(chosen, words), sendContext())).toMatchObject({ state: 'delivered' });
        expect(provider.faults).toEqual([]);
      };
      await fc.assert(fc.asyncProperty(text, fc.constantFrom(...kinds), send), { numRuns: 20 });
    });

    const cases = Object.entries(TABLE).flatMap(([answer, [behaviour, state]]) =>
      Array.from({ length: steps }, (_, step) => {
        const expected = outcomes[`${answer} ${step + 1}`] ?? outcomes[answer] ?? state;
        return { answer, step: step + 1, behaviour, expected };
      }),
    );
    test.each(cases)('$answer to request $step: $expected', async ({ answer, step, behaviour, expected }) => {
      const good: Behaviour[] = Array.from({ length: step - 1 }, () => 'good');
      provider.script = [...good, behaviour];
      const one = message(kinds[0]!);
      const outcome = await kind.send(answer === 'hang' ? hasty : settings, one, sendContext());
      expect(outcome.state).toBe(expected);
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
      if (outcome.state === 'retry' && answer === '429') expect(outcome.afterMs).toBe(7_000);
      if (outcome.state === 'delivered' || outcome.state === 'failed') return;
      // Sent again, it is the same message to the provider.
      const refs = {};
      const again = await kind.send(settings, { ...one, again: outcome.state === 'in_doubt' }, sendContext({ refs }));
      expect(again.state).toBe('delivered');
      const keys = provider.requests.map(keyOf).filter((key) => key !== null);
      expect(new Set(keys).size).toBe(keys.length === 0 ? 0 : 1);
      expect(provider.requests.length).toBeGreaterThan(step);
      expect(provider.faults).toEqual([]);
    });

    test('a provider that is down: nothing has left, and no secret is told', async () => {
      const gone = await Provider.open(contract);
      await gone.close();
      const outcome = await kind.send(settingsOf(kind, contract.settings(gone.url)), message(kinds[0]!), sendContext());
      expect(outcome.state).toBe('retry');
      expect(JSON.stringify(outcome)).not.toContain(SECRET);
      expect(gone.requests).toEqual([]);
    });
  });
}
