/** Reads severities.yaml: the organisation's deadlines. What it does not say is the handbook's. */
import { parseDuration } from '../incident/duration.ts';
import { HANDBOOK_POLICY } from '../incident/policy.ts';
import type { Policy, SeverityPolicy } from '../incident/policy.ts';
import { SEVERITIES } from '../incident/severity.ts';
import type { Severity } from '../incident/severity.ts';
import type { ConfigFile, Path } from './document.ts';

/** Faults are left in `file`. */
export function readSeverities(file: ConfigFile): Policy {
  const top = file.data === null ? {} : file.map(file.data, [], ['severities', 'postmortem', 'ic_absent']);
  if (top === null) return HANDBOOK_POLICY;
  return {
    severities: top['severities'] == null ? HANDBOOK_POLICY.severities : readLevels(file, top['severities']),
    postmortemMs: readDuration(file, top['postmortem'], ['postmortem']) ?? HANDBOOK_POLICY.postmortemMs,
    icAbsentMs: readDuration(file, top['ic_absent'], ['ic_absent']) ?? HANDBOOK_POLICY.icAbsentMs,
  };
}

function readLevels(file: ConfigFile, value: unknown): Policy['severities'] {
  const levels = file.map(value, ['severities'], SEVERITIES) ?? {};
  const read = (severity: Severity): SeverityPolicy => readLevel(file, levels[severity], severity);
  return { 'SEV-0': read('SEV-0'), 'SEV-1': read('SEV-1'), 'SEV-2': read('SEV-2'), 'SEV-3': read('SEV-3') };
}

function readLevel(file: ConfigFile, value: unknown, severity: Severity): SeverityPolicy {
  const handbook = HANDBOOK_POLICY.severities[severity];
  if (value == null) return handbook;
  const at = ['severities', severity];
  const level = file.map(value, at, ['ack', 'response', 'update']) ?? {};
  return {
    ackMs: readDuration(file, level['ack'], [...at, 'ack']) ?? handbook.ackMs,
    responseMs: readDuration(file, level['response'], [...at, 'response']) ?? handbook.responseMs,
    updateMs:
      level['update'] === 'none' ? null : (readDuration(file, level['update'], [...at, 'update']) ?? handbook.updateMs),
  };
}

function readDuration(file: ConfigFile, value: unknown, at: Path): number | null {
  if (value == null) return null;
  const ms = parseDuration(String(value));
  if (ms !== null && ms > 0) return ms;
  file.fault(at, `${String(at.at(-1))} must be a duration such as 90s, 15m or 1h30m`);
  return null;
}
