/** The settings that may be replaced while the hub runs, and replacing them. */
import type { Policy } from '../incident/policy.ts';
import type { TargetInfo } from '../protocol/messages.ts';
import { isIdle } from '../rules/lint.ts';
import type { Rule } from '../rules/rule.ts';
import type { Reloading } from './hub-commands.ts';
import type { Tls } from './server.ts';

export interface HubTarget extends TargetInfo {
  /** It is the hub itself: shown, and not judged by rules, which are about the patient. */
  readonly own?: boolean;
}
export interface Settings {
  readonly policy: Policy;
  readonly targets: readonly HubTarget[];
  readonly rules: readonly Rule[];
}
export interface ReadSettings extends Settings {
  /** Hands the targets to the poller. */
  readonly apply: () => void;
  /** The certificate and key as they are now; null: the hub has none. */
  readonly tls: Tls | null;
  /** What of it waits for the next start, in words; null: nothing. */
  readonly later: string | null;
}
/** Reads the configuration again: all of it or, with a fault, nothing. */
export type ReadAgain = () => Promise<ReadSettings | { readonly faults: readonly string[] }>;

/** The rules that have something to watch. */
export function rulesFor({ rules, targets }: Settings): readonly Rule[] {
  const kinds = new Set(targets.filter(({ own }) => !own).map(({ kind }) => kind));
  return rules.filter((rule) => !isIdle(rule, kinds));
}

/** What consoles are told of the targets. Their settings stay on this machine: there are passwords in them. */
export const visibleTargets = (targets: readonly TargetInfo[]): readonly TargetInfo[] =>
  targets.map(({ name, kind, intervalMs }) => ({ name, kind, intervalMs }));

/** How settings are read again, and what follows when they change. */
export interface CurrentSettingsContext {
  readonly read: ReadAgain | undefined;
  readonly say: (line: string) => void;
  /** `gone`: targets that are no more, or are of another kind now. */
  readonly takeOver: (settings: ReadSettings, gone: readonly HubTarget[]) => Promise<void>;
}

/** The settings that apply now, and replacing them: one reload after the other, as a whole or not at all. */
export class CurrentSettings {
  #settings: Settings;
  readonly #context: CurrentSettingsContext;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings, context: CurrentSettingsContext) {
    this.#settings = settings;
    this.#context = context;
  }

  get current(): Settings {
    return this.#settings;
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
    const { policy, rules, targets, later } = read;
    const gone = this.#settings.targets.filter(
      ({ name, kind }) => !targets.some((target) => target.name === name && target.kind === kind),
    );
    this.#settings = { policy, targets, rules };
    await takeOver(read, gone);
    const said = `read the configuration again: ${count(targets, 'target')}, ${count(rules, 'rule')}${later === null ? '' : `; ${later}`}`;
    say(said);
    return { said };
  }
}

const count = ({ length }: readonly unknown[], what: string): string => `${length} ${what}${length === 1 ? '' : 's'}`;
