/** Reads severities.yaml: the organisation's deadlines and impact matrix, by default the handbook's. */
import type { ImpactMatrix } from '../incident/advise.ts';
import {
  HANDBOOK_DUTIES,
  HANDBOOK_POLICY,
  type EscalationPolicy,
  type Policy,
  type SeverityPolicy,
} from '../incident/policy.ts';
import { parseSeverity, SEVERITIES, type Severity } from '../incident/severity.ts';
import { ROLES, type Role } from '../incident/vocabulary.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { YamlFile } from './yaml-file.ts';

export const readSeverities = (file: YamlFile): Policy => file.read(readPolicy) ?? HANDBOOK_POLICY;

function readPolicy(top: SettingsReader): Policy {
  const levels = top.section('severities');
  const each = SEVERITIES.map((severity) => [severity, readLevel(levels.section(severity), severity)]);
  // One span for all severities, of configurations before there was `escalate.ack_silent`.
  const formerSilentMs = top.duration('ack_expires', null);
  return {
    severities: Object.fromEntries(each) as Policy['severities'],
    postmortemMs: top.duration('postmortem', HANDBOOK_POLICY.postmortemMs),
    ackExpiresMs: formerSilentMs ?? HANDBOOK_POLICY.ackExpiresMs,
    escalation: readEscalation(top.section('escalate'), formerSilentMs),
    icAbsentMs: top.duration('ic_absent', HANDBOOK_POLICY.icAbsentMs),
    duties: readDuties(top.section('roles')),
    impact: readImpact(top.section('impact')),
  };
}

function readLevel(level: SettingsReader, severity: Severity): SeverityPolicy {
  const handbook = HANDBOOK_POLICY.severities[severity];
  const isNone = level.value('update') === 'none';
  return {
    ackMs: level.duration('ack', handbook.ackMs),
    responseMs: level.duration('response', handbook.responseMs),
    updateMs: isNone ? null : level.duration('update', handbook.updateMs),
    name: words(level, 'name', handbook.name),
    description: words(level, 'description', handbook.description),
    example: words(level, 'example', handbook.example),
  };
}

function readEscalation(escalate: SettingsReader, formerSilentMs: number | null): EscalationPolicy {
  const { l3AfterL2Ms, identifyMs, ackSilentMs } = HANDBOOK_POLICY.escalation;
  const spans = escalate.section('ack_silent');
  const silent = SEVERITIES.map((severity) => [
    severity,
    spans.duration(severity, formerSilentMs ?? ackSilentMs[severity]),
  ]);
  return {
    l3AfterL2Ms: escalate.duration('L3_after_L2', l3AfterL2Ms),
    identifyMs: escalate.duration('identify', identifyMs),
    ackSilentMs: Object.fromEntries(silent) as EscalationPolicy['ackSilentMs'],
  };
}

const readDuties = (roles: SettingsReader): NonNullable<Policy['duties']> =>
  Object.fromEntries(ROLES.map((role) => [role, words(roles, role, HANDBOOK_DUTIES[role])])) as Readonly<
    Record<Role, string>
  >;

/** Longer words do not fit beside a choice, characters. */
const LONGEST = 120;

/** A line of text beside a choice of a form. */
function words(from: SettingsReader, key: string, fallback = ''): string {
  const text = from.text(key, fallback).trim();
  if (text === '' || text.length > LONGEST || text.includes('\n'))
    from.fault(key, `${key} must be one line of at most ${LONGEST} characters`);
  return text;
}

function readImpact(impact: SettingsReader): ImpactMatrix {
  const handbook = HANDBOOK_POLICY.impact;
  const bands = impact.section('users');
  const percent = (band: keyof ImpactMatrix['users']): number => readPercent(bands, band, handbook.users[band]);
  const users = { 'SEV-0': percent('SEV-0'), 'SEV-1': percent('SEV-1'), 'SEV-2': percent('SEV-2') };
  if (users['SEV-0'] < users['SEV-1'] || users['SEV-1'] < users['SEV-2'])
    impact.fault('users', 'a worse severity needs at least as many users: SEV-0 >= SEV-1 >= SEV-2');
  return {
    users,
    dataLoss: readSeverity(impact, 'data_loss', handbook.dataLoss),
    revenue: readSeverity(impact, 'revenue', handbook.revenue),
  };
}

function readPercent(from: SettingsReader, key: string, fallback: number): number {
  if (!from.has(key)) return fallback;
  const percent = Number(String(from.value(key)).replace(/%$/, ''));
  if (percent >= 0 && percent <= 100) return percent;
  from.fault(key, `${key} must be a percentage from 0 to 100, such as 20%`);
  return fallback;
}

function readSeverity(from: SettingsReader, key: string, fallback: Severity): Severity {
  const severity = from.has(key) ? parseSeverity(String(from.value(key))) : fallback;
  if (severity === null) from.fault(key, `${key} must be one of ${SEVERITIES.join(', ')}`);
  return severity ?? fallback;
}
