/** Settings that can be replaced while the hub runs. */
import type { IntakeSettings } from '../incident/intake.ts';
import type { Receiver } from '../delivery/receiver.ts';
import type { Policy } from '../incident/policy.ts';
import type { Templates } from '../incident/public-words.ts';
import { counted } from '../incident/words.ts';
import type { OncallPlan } from '../oncall/plan.ts';
import type { TargetInfo } from '../protocol/messages.ts';
import { isIdle } from '../rules/lint.ts';
import type { Rule } from '../rules/rule.ts';
import type { Tls } from './server.ts';

export interface HubTarget extends TargetInfo {
  /** The hub itself: shown, but not evaluated by rules. */
  readonly own?: boolean;
  /** As its probe read them, for the steps of runbooks; never sent. */
  readonly settings?: unknown;
}
export interface HubSettings {
  readonly policy: Policy;
  readonly targets: readonly HubTarget[];
  readonly rules: readonly Rule[];
  /** Absent or null: there is no on-call. */
  readonly oncall?: OncallPlan | null;
  /** Of public updates; only told to consoles. */
  readonly templates?: Templates;
  /** Names with templates of URLs; only told to consoles. */
  readonly links?: ReadonlyMap<string, string>;
  /** What systems outside sign their requests with; absent or null: they send none. */
  readonly secrets?: Readonly<Partial<Record<'slack' | 'pagerduty' | 'github', string | null>>>;
  /** Who is told outside. */
  readonly receivers?: readonly Receiver[];
  readonly intake?: IntakeSettings;
}
export interface ReadSettings extends HubSettings {
  readonly apply: () => void;
  /** Null: no TLS. */
  readonly tls: Tls | null;
  /** What takes effect only after a restart, in words; null: nothing. */
  readonly later: string | null;
}
export type Reloading = { readonly said: string } | { readonly faults: readonly string[] };
/** Rereads the configuration, as a whole or not at all. */
export type ReadAgain = () => Promise<ReadSettings | { readonly faults: readonly string[] }>;

/** The rules that have targets to watch. */
export function rulesFor({ rules, targets }: HubSettings): readonly Rule[] {
  const kinds = new Set(targets.filter(({ own }) => !own).map(({ kind }) => kind));
  return rules.filter((rule) => !isIdle(rule, kinds));
}

/** The settings as consoles know them; targets without their own settings, which may hold passwords. */
export const toldSettings = ({ policy, targets, templates, links }: HubSettings) => ({
  policy,
  targets: targets.map(({ name, kind, intervalMs, hosts = [] }): TargetInfo => ({
    name,
    kind,
    intervalMs,
    ...(hosts.length > 0 && { hosts }),
  })),
  ...(templates && { templates }),
  ...(links && { links: [...links].map(([name, url]) => ({ name, url })) }),
});

interface CurrentSettingsContext {
  readonly read: ReadAgain | undefined;
  readonly say: (line: string) => void;
  readonly takeOver: (settings: ReadSettings, gone: readonly HubTarget[]) => Promise<void>;
}

/** The current settings; reloads run one at a time, as a whole or not at all. */
export class CurrentSettings {
  #settings: HubSettings;
  readonly #context: CurrentSettingsContext;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(settings: HubSettings, context: CurrentSettingsContext) {
    this.#settings = settings;
    this.#context = context;
  }

  get current(): HubSettings {
    return this.#settings;
  }

  /** Systems outside may send requests at any time. */
  get hasSecrets(): boolean {
    return Object.values(this.#settings.secrets ?? {}).some((secret) => secret !== null);
  }

  target(name: string): HubTarget | undefined {
    return this.#settings.targets.find((target) => target.name === name);
  }

  reload(): Promise<Reloading> {
    const mine = this.#reloading.then(() => this.#reload());
    this.#reloading = mine;
    return mine;
  }

  async #reload(): Promise<Reloading> {
    const { read: readAgain, say, takeOver } = this.#context;
    if (readAgain === undefined) return { faults: ['this hub was started without a configuration'] };
    const read = await readAgain().catch((error: unknown) => ({ faults: [String(error)] }));
    if ('faults' in read) {
      say(`the configuration was not taken over: ${read.faults.join('\n')}`);
      return read;
    }
    const { apply: _apply, tls: _tls, later, ...settings } = read;
    const { targets, rules } = settings;
    const gone = this.#settings.targets.filter(
      ({ name, kind }) => !targets.some((target) => target.name === name && target.kind === kind),
    );
    this.#settings = settings;
    await takeOver(read, gone);
    const said = `read the configuration again: ${counted(targets.length, 'target')}, ${counted(rules.length, 'rule')}${later === null ? '' : `; ${later}`}`;
    say(said);
    return { said };
  }
}
