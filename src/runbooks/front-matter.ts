/** What stands between the two `---` at the beginning of a file. Only `warroom:` and `title:` are ours. */
import { fileFault, type ConfigFault } from '../config/fault.ts';
import { readLinks } from '../config/links.ts';
import { YamlFile } from '../config/yaml-file.ts';
import { parseSeverity, type Severity } from '../incident/severity.ts';
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import type { SourceLocation } from '../rules/rule.ts';
import type { Param } from './runbook.ts';

interface FrontMatter {
  readonly title: string | null;
  /** Null: there is no `warroom:`, and so nothing in the file is ever run. */
  readonly ours: OwnFrontMatter | null;
  readonly faults: readonly ConfigFault[];
}
export interface OwnFrontMatter {
  readonly alerts: readonly string[];
  readonly severity: Severity | null;
  readonly params: readonly { readonly param: Param; readonly location: SourceLocation }[];
  readonly links: ReadonlyMap<string, string>;
}

/** More is not read, characters: finding the places of faults takes time that grows with the square of it. */
const MAX_LENGTH = 30_000;
const MAX_PARAMS = 100;
export const PARAM_NAME = /^[A-Za-z_]\w{0,39}$/;

// A file may begin with a rule across the page, too: what follows must look like a key.
const PATTERN = /^---[ \t]*\n(?=(?:\s*#[^\n]*\n)*\s*(?:\{|["\w.-]+[ \t]*:))([^]*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/;
/** Of Hugo, in TOML. */
const FOREIGN = /^\+\+\+[ \t]*\n[^]*?\n\+\+\+[ \t]*(?:\n|$)/;

/** Reads it, and answers the rest of `text` with empty lines in its place. */
export function readFrontMatter(path: string, text: string): { matter: FrontMatter; body: string } {
  const [whole = '', inside = ''] = PATTERN.exec(text) ?? [];
  const [skipped = whole] = FOREIGN.exec(text) ?? [];
  const body = skipped.replace(/[^\n]/g, '') + text.slice(skipped.length);
  if (whole === '') return { matter: { title: null, ours: null, faults: unclosed(path, text) }, body };
  // The empty first line is that of the `---`, so that the lines of faults are right.
  const isTooLong = inside.length > MAX_LENGTH;
  const file = new YamlFile({ path, text: isTooLong ? '' : `\n${inside}` }, null);
  if (isTooLong) file.fault([], `front matter has at most ${MAX_LENGTH} characters`);
  const read = file.read((top) => {
    // Other programs keep their settings here, too.
    for (const key of top.keys) top.value(key);
    const title = top.has('title') && isTextSetting(top.value('title')) ? top.text('title', null) : null;
    return { title, ours: top.has('warroom') ? readOurs(top.section('warroom'), file) : null };
  });
  // YAML that is none of ours may be anything, such as a template.
  const isOurs = read?.ours != null || /^warroom[ \t]*:/m.test(inside);
  return { matter: { title: read?.title ?? null, ours: read?.ours ?? null, faults: isOurs ? file.faults : [] }, body };
}

const unclosed = (path: string, text: string): readonly ConfigFault[] =>
  /^---[ \t]*\n(?:[^\n]*\n){0,50}?warroom[ \t]*:/.test(text)
    ? [fileFault(path, 'the front matter has no second ---: nothing here is run')]
    : [];

function readOurs(ours: SettingsReader, file: YamlFile): OwnFrontMatter {
  const severity = ours.text('severity', null);
  if (severity !== null && parseSeverity(severity) === null) ours.fault('severity', 'severity must be SEV-0 to SEV-3');
  const params = ours.section('params');
  const [extra] = params.keys.slice(MAX_PARAMS);
  if (extra !== undefined) params.fault(extra, `a runbook has at most ${MAX_PARAMS} parameters`, { isKey: true });
  return {
    alerts: ours.list('alert', isTextSetting, 'the name of an alert, or a list of names'),
    severity: severity === null ? null : parseSeverity(severity),
    params: params.keys.slice(0, MAX_PARAMS).map((name) => ({
      param: readParam(params, name),
      location: file.location(['warroom', 'params', name]),
    })),
    links: readLinks(ours.section('links')),
  };
}

function readParam(params: SettingsReader, name: string): Param {
  if (!PARAM_NAME.test(name)) params.fault(name, 'a parameter has a name such as max_idle', { isKey: true });
  const value = params.value(name);
  const isBrief = value === undefined || typeof value === 'string';
  const map = isBrief ? null : params.section(name);
  const given = map === null ? params.text(name, null) : map.text('default', null);
  const env = map?.text('env', null) ?? null;
  const choices = map?.list('choices', isTextSetting, 'a list of texts') ?? [];
  const secret = map?.text('secret', null) ?? 'false';
  if (secret !== 'true' && secret !== 'false') map?.fault('secret', 'secret must be true or false');
  if (env !== null && !/^[A-Za-z_]\w*$/.test(env)) map?.fault('env', 'env must be the name of a variable');
  if (given !== null && choices.length > 0 && !choices.includes(given))
    map?.fault('default', `default must be one of the choices: ${choices.join(', ')}`);
  if (secret === 'true' && given !== null) map?.fault('default', 'a secret stands in no file: give it by env');
  const about = map?.text('about', null) ?? null;
  const isNumber = given !== null && /^-?\d+(?:\.\d+)?$/.test(given);
  return { name, default: given === '' ? null : given, env, about, choices, isNumber, isSecret: secret === 'true' };
}
