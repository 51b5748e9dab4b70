/** A small world for rules: targets that are polled every second, and clocks that a test can play with. */
import { loadRules } from '../../src/config/load-rules.ts';
import { Engine, type EngineOptions, type EngineResult } from '../../src/rules/engine.ts';
import { parseSeriesName } from '../../src/rules/series-notation.ts';
import type { Rule } from '../../src/rules/rule.ts';
import type { RuleReading } from '../../src/rules/store.ts';
import type { Transition } from '../../src/rules/notification-state.ts';

/**
 * Values of a target's metrics, with labels where they have any (`m{db="0"}`): numbers are gauges, names ending in `errors`
 * are counters; null: the poll fails.
 */
export type Values = Readonly<Record<string, number>> | null;

export function rulesOf(text: string): Rule[] {
  const { rules, faults } = loadRules([{ path: 'alerts.yaml', text }]);
  if (faults.length > 0) throw new Error(faults.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return rules;
}

/** Rules in short: `name: condition`, with severity SEV-1 and `keep: 0` unless the condition says otherwise. */
export function handbook(conditions: Readonly<Record<string, string>>): Rule[] {
  const items = Object.entries(conditions).map(([name, condition]) => {
    const keep = / keep /.test(condition) ? '' : '\n    keep: 0s';
    return `  - name: ${JSON.stringify(name)}\n    severity: SEV-1\n    condition: ${JSON.stringify(condition)}${keep}`;
  });
  return rulesOf(`alerts:\n${items.join('\n')}`);
}

export class World {
  mono = 1_000_000;
  wall = Date.UTC(2026, 10, 23, 12);
  readonly told: Transition[] = [];
  engine: Engine;
  readonly targets = new Map<string, { values: Values; instanceId: string; silent?: boolean }>();
  private options: EngineOptions;

  constructor(rules: readonly Rule[], options: Partial<EngineOptions> = {}) {
    this.options = { rules, intervalOf: () => 1000, ...options };
    this.engine = new Engine(this.options, this.mono, this.wall);
  }

  set(target: string, values: Values, instanceId = 'a'): this {
    this.targets.set(target, { values, instanceId });
    return this;
  }

  readings(): RuleReading[] {
    return [...this.targets].map(([target, { values, instanceId }]) => ({
      target,
      kind: target.replace(/\d+$/, ''),
      at: this.wall,
      up: values !== null,
      durationMs: 1,
      instanceId: values === null ? null : instanceId,
      samples: Object.entries(values ?? {}).map(([series, value]) => {
        const parsed = parseSeriesName(series);
        if (typeof parsed === 'string') throw new Error(parsed);
        const { name: metric, labels } = parsed;
        return { metric, labels, value, type: metric.endsWith('errors') ? ('counter' as const) : ('gauge' as const) };
      }),
    }));
  }

  /** Lets seconds pass, one poll and one step a second; answers what was said, as `rule from>to`. */
  pass(seconds: number, each?: (second: number) => void): string[] {
    const said: string[] = [];
    for (let i = 1; i <= seconds; i++) {
      this.mono += 1000;
      this.wall += 1000;
      each?.(i);
      said.push(...this.step().transitions.map((transition) => words(transition)));
    }
    return said;
  }

  step(readings = this.readings()): EngineResult {
    const step = this.engine.step(readings, this.mono, this.wall);
    this.told.push(...step.transitions);
    return step;
  }

  /** Ends the engine and starts another from what it saved, after the machine was down for so long. */
  restart(downMs: number, rules = this.options.rules): void {
    const state = JSON.parse(JSON.stringify(this.engine.save(this.mono, this.wall)));
    this.wall += downMs;
    this.mono = 5_000;
    this.options = { ...this.options, rules };
    this.engine = new Engine({ ...this.options, state }, this.mono, this.wall);
  }
}

export function words({ rule, from, to, suppression }: Transition): string {
  return `${rule} ${from}>${to}${suppression === null ? '' : ` (${suppression.kind})`}`;
}
