/** Reads logs.yaml: the logs that are searched for a correlation id, and by the `log` steps of runbooks. */
import path from 'node:path';
import { isSendable, readAuthorization, readConnection } from '../delivery/connection-settings.ts';
import type { LogSource } from '../logs/source.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { YamlFile } from './yaml-file.ts';

const MOST_LOGS = 50;

/** Faults are left in `file`. Relative paths are relative to the file. */
export function readLogs(file: YamlFile): readonly LogSource[] {
  const read = file.read((top) => {
    const sections = top.sections('logs');
    if (sections.length > MOST_LOGS) top.fault('logs', `there are at most ${MOST_LOGS} logs`);
    const names = new Set<string>();
    return sections.flatMap((log) => readLog(log, path.dirname(file.path), names) ?? []);
  }, 'the file is empty: write logs: [] for none');
  return read ?? [];
}

/** `taken`: the names of the logs before it. */
function readLog(log: SettingsReader, dir: string, taken: Set<string>): LogSource | null {
  const name = log.filled('name') ?? '';
  if (name !== '' && !/^[A-Za-z0-9][\w.-]{0,39}$/.test(name))
    log.fault('name', 'a name has up to 40 letters, digits and . _ -');
  if (taken.has(name)) log.fault('name', `there is a log named ${name} already`);
  taken.add(name);
  const [pattern, unit] = [log.text('file', null), log.text('journald', null)];
  const url = log.url('loki', ['https:', 'http:']);
  const given = ['file', 'journald', 'loki'].filter((key) => log.has(key));
  if (given.length !== 1) {
    log.fault(given[1] ?? 'name', 'a log has one of file, journald and loki');
    for (const key of log.keys) log.value(key);
    return null;
  }
  if (pattern !== null) return { name, kind: 'file', pattern: path.resolve(dir, pattern) };
  if (unit !== null) {
    if (!/^[\w@.:\\*-]{1,120}$/.test(unit))
      log.fault('journald', 'journald is the name of a unit, such as nginx.service');
    return { name, kind: 'journald', unit };
  }
  const query = log.filled('query') ?? '';
  if (query !== '' && !query.trim().startsWith('{'))
    log.fault('query', 'query begins with the labels of streams: {app="auth"}');
  const authorization = readAuthorization(log);
  if (url !== null && 'authorization' in authorization && !isSendable(url))
    log.fault('loki', 'loki must begin with https:// where a token or password is sent');
  const org = log.text('org', null);
  const headers = { ...authorization, ...(org === null ? {} : { 'x-scope-orgid': org }) };
  return url === null ? null : { name, kind: 'loki', url, query, headers, ...readConnection(log) };
}
