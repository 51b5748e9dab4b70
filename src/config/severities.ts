/** Reads severities.yaml: the organisation's deadlines and impact matrix. What it does not say is the handbook's. */
import { parseDuration } from '../incident/time.ts';
import { HANDBOOK_POLICY, type Policy, type SeverityPolicy } from '../incident/policy.ts';
import type { ImpactMatrix } from '../incident/advise.ts';
import { parseSeverity, SEVERITIES, type Severity } from '../incident/severity.ts';
import type { ConfigFile, Path } from './config-file.ts';

const KEYS = ['severities', 'postmortem', 'ack_expires', 'ic_absent', 'impact'];

/** Faults are left in `file`. */
export function readSeverities(file: ConfigFile): Policy {
  const top = file.data === null ? {} : file.map(file.data, [], KEYS);
  if (top === null) return HANDBOOK_POLICY;
  return {
    severities: top['severities'] == null ? HANDBOOK_POLICY.severities : readLevels(file, top['severities']),
    postmortemMs: readDuration(file, top['postmortem'], ['postmortem']) ?? HANDBOOK_POLICY.postmortemMs,
    ackExpiresMs: readDuration(file, top['ack_expires'], ['ack_expires']) ?? HANDBOOK_POLICY.ackExpiresMs,
    icAbsentMs: readDuration(file, top['ic_absent'], ['ic_absent']) ?? HANDBOOK_POLICY.icAbsentMs,
    impact: top['impact'] == null ? HANDBOOK_POLICY.impact : readImpact(file, top['impact']),
  };
}

/** The impact matrix: from how many percent of users on, and what data loss and lost revenue are at least. */
function readImpact(file: ConfigFile, value: unknown): ImpactMatrix {
  const handbook = HANDBOOK_POLICY.impact;
  const impact = file.map(value, ['impact'], ['users', 'data_loss', 'revenue']) ?? {};
  const bands = impact['users'] == null ? {} : (file.map(impact['users'], ['impact', 'users'], BANDS) ?? {});
  const users = Object.fromEntries(
    BANDS.map((band) => [band, readPercent(file, bands[band], ['impact', 'users', band]) ?? handbook.users[band]]),
  ) as ImpactMatrix['users'];
  if (users['SEV-0'] < users['SEV-1'] || users['SEV-1'] < users['SEV-2'])
    file.fault(['impact', 'users'], 'a worse severity needs at least as many users: SEV-0 >= SEV-1 >= SEV-2');
  return {
    users,
    dataLoss: readSeverity(file, impact['data_loss'], ['impact', 'data_loss']) ?? handbook.dataLoss,
    revenue: readSeverity(file, impact['revenue'], ['impact', 'revenue']) ?? handbook.revenue,
  };
}
const BANDS = ['SEV-0', 'SEV-1', 'SEV-2'] as const;

function readPercent(file: ConfigFile, value: unknown, at: Path): number | null {
  if (value == null) return null;
  const percent = Number(String(value).replace(/%$/, ''));
  if (percent >= 0 && percent <= 100) return percent;
  file.fault(at, `${String(at.at(-1))} must be a percentage from 0 to 100, such as 20%`);
  return null;
}

function readSeverity(file: ConfigFile, value: unknown, at: Path): Severity | null {
  if (value == null) return null;
  const severity = parseSeverity(String(value));
  if (severity === null) file.fault(at, `${String(at.at(-1))} must be one of ${SEVERITIES.join(', ')}`);
  return severity;
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
