/** The subset of Prometheus' templates that rules use. */
import type { Labels } from './labels.ts';

/** Plain parts and parts to fill in. */
export type Template = readonly (string | ((data: TemplateData) => string))[];
interface TemplateData {
  readonly labels: Labels;
  readonly value: number;
}

/** A sentence when the text is malformed. */
export function parseTemplate(text: string): Template | string {
  const parts: (string | ((data: TemplateData) => string))[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    const close = text.indexOf('}}', open);
    if (close < 0) return 'a {{ is not closed with }}';
    parts.push(text.slice(at, open));
    const action = text.slice(open + 2, close).trim();
    const part = parseAction(action);
    if (part === null) {
      return `{{ ${action} }} is outside the subset; known: $labels.NAME, $labels, $value, printf "%.2f" $value, ${Object.keys(FORMATS).join(', ')}`;
    }
    parts.push(part);
    at = close + 2;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}

export const fill = (template: Template, data: TemplateData): string =>
  template.map((part) => (typeof part === 'string' ? part : part(data))).join('');

/** f | g`, `f a`, `printf "%.2f" a`. | */
function parseAction(action: string): ((data: TemplateData) => string) | null {
  const [head = '', ...pipes] = action.split('|').map((part) => part.trim());
  const words = /^(?:(printf)\s+"([^"]*)"\s+|([A-Za-z0-9]+)\s+)?(\S+)$/.exec(head);
  if (words === null) return null;
  const [, printf, format = '', fn, operand = ''] = words;
  const read = parseOperand(operand);
  if (read === null) return null;
  const steps = (fn === undefined ? pipes : [fn, ...pipes]).map((pipe) => parseStep(pipe));
  if (printf !== undefined) steps.unshift(printfStep(format));
  if (steps.includes(null)) return null;
  return (data) => String(valueText((steps as Step[]).reduce((value, step) => step(value), read(data))));
}

/** As Go writes a map. */
const showLabels = (labels: Labels): string =>
  `map[${Object.keys(labels)
    .sort()
    .map((name) => `${name}:${labels[name]}`)
    .join(' ')}]`;

type Step = (value: string | number) => string | number;

function parseOperand(text: string): ((data: TemplateData) => string | number) | null {
  if (text === '$value' || text === '.Value') return (data) => data.value;
  if (text === '$labels' || text === '.Labels') return ({ labels }) => showLabels(labels);
  const name = /^(?:\$labels|\.Labels)\.([A-Za-z_]\w*)$/.exec(text)?.[1];
  if (name === undefined) return null;
  return ({ labels }) => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '');
}

function parseStep(pipe: string): Step | null {
  const printf = /^printf\s+"([^"]*)"$/.exec(pipe);
  if (printf !== null) return printfStep(printf[1] ?? '');
  const format = Object.hasOwn(FORMATS, pipe) ? FORMATS[pipe] : undefined;
  if (format !== undefined) return (value) => format(Number(value));
  if (pipe === 'toUpper') return (value) => String(valueText(value)).toUpperCase();
  if (pipe === 'toLower') return (value) => String(valueText(value)).toLowerCase();
  return null;
}

function printfStep(format: string): Step | null {
  const parts = /^([^%]*)%(?:\.(\d))?([fgsv])((?:[^%]|%%)*)$/.exec(format);
  if (parts === null) return null;
  const [, before = '', digits, verb, after = ''] = parts;
  return (value) => {
    const number = Number(value);
    const shown =
      verb === 'f'
        ? number.toFixed(Number(digits ?? 6))
        : verb === 'g' && digits !== undefined
          ? significant(number, Math.max(1, Number(digits)))
          : valueText(value);
    return before + shown + after.replaceAll('%%', '%');
  };
}

/** A number as Go's %v writes it. */
export function valueText(value: string | number): string {
  if (typeof value === 'string') return value;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const small = value !== 0 && Math.abs(value) < 1e-4;
  return padExponent(small ? value.toExponential() : String(value));
}

const padExponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

/** Go's %.Ng. */
function significant(value: number, digits: number): string {
  if (!Number.isFinite(value) || value === 0) return valueText(value);
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  if (exponent < -4 || exponent >= digits) {
    const [mantissa = '', power = ''] = value.toExponential(digits - 1).split('e');
    return padExponent(`${trim(mantissa)}e${power}`);
  }
  return trim(value.toFixed(Math.max(0, digits - 1 - exponent)));
}

const trim = (digits: string): string => (digits.includes('.') ? digits.replace(/0+$/, '').replace(/\.$/, '') : digits);

function prefixed(value: number, base: number, big: readonly string[], small: readonly string[]): string {
  if (value === 0 || !Number.isFinite(value)) return significant(value, 4);
  let scaledValue = value;
  let prefix = '';
  const isBig = Math.abs(value) >= 1;
  for (const next of isBig ? big : small) {
    if (isBig ? Math.abs(scaledValue) < base : Math.abs(scaledValue) >= 1) break;
    [prefix, scaledValue] = [next, isBig ? scaledValue / base : scaledValue * base];
  }
  return significant(scaledValue, 4) + prefix;
}

function duration(value: number): string {
  if (!Number.isFinite(value)) return significant(value, 4);
  if (Math.abs(value) < 1) return `${prefixed(value, 1000, [], SMALL)}s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  if (whole < 60) return `${significant(value, 4)}s`;
  const [days, hours, minutes] = [whole / 86_400, (whole / 3600) % 24, (whole / 60) % 60].map(Math.floor);
  const parts = [`${days}d`, `${hours}h`, `${minutes}m`, `${whole % 60}s`];
  return sign + parts.slice(whole < 3600 ? 2 : whole < 86_400 ? 1 : 0).join(' ');
}

const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const FORMATS: Readonly<Record<string, (value: number) => string>> = {
  humanize: (value) => prefixed(value, 1000, ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'], SMALL),
  humanize1024: (value) => prefixed(value, 1024, ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'], []),
  humanizePercentage: (value) => `${significant(value * 100, 4)}%`,
  humanizeDuration: duration,
};

/** Control characters and characters that reorder or hide text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Outside text made safe for one line, at most `most` characters. */
export function plain(text: string, most = 300): string {
  if (text.length <= most && !/[^ -~]/.test(text)) return text;
  const cut = [...text.slice(0, most * 2).replace(UNSAFE, '\uFFFD')];
  return cut.length <= most ? cut.join('') : `${cut.slice(0, most - 1).join('')}…`;
}
