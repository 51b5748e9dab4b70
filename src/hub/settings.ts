/** What of the configuration may be replaced while the hub runs. */
import type { Policy } from '../incident/policy.ts';
import type { TargetInfo } from '../protocol/messages.ts';
import { isIdle } from '../rules/idle.ts';
import type { Rule } from '../rules/rule.ts';
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
export const told = (targets: readonly TargetInfo[]): readonly TargetInfo[] =>
  targets.map(({ name, kind, intervalMs }) => ({ name, kind, intervalMs }));
