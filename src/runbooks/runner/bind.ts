/** Puts parameters where a language takes them as values: they are never part of a text that is parsed. */
import { openQuote } from '../shell-text.ts';
import { PARAM } from '../step-check.ts';

export type Params = Readonly<Record<string, string>>;

export const valueOf = (params: Params, name: string): string => params[name.trim()] ?? '';

/** `${{name}}` becomes `$1`, `$2`, … */
export function bindSql(text: string, params: Params): { readonly text: string; readonly values: readonly string[] } {
  const names: string[] = [];
  const bound = text.replaceAll(PARAM, (_all, name: string) => {
    const at = names.indexOf(name.trim());
    return `$${at >= 0 ? at + 1 : names.push(name.trim())}`;
  });
  return { text: bound, values: names.map((name) => valueOf(params, name)) };
}

/** In one word of a command, which stays one word. */
export const bindWord = (word: string, params: Params): string =>
  word.replaceAll(PARAM, (_all, name: string) => valueOf(params, name));

/** A URL that begins with a parameter begins as that says; within it values are encoded. */
export const bindUrl = (url: string, params: Params): string =>
  url.replaceAll(PARAM, (_all, name: string, at: number) =>
    at === 0 ? valueOf(params, name).trim() : encodeURIComponent(valueOf(params, name)),
  );

/** Null: a value with a line break would begin another header. */
export function bindHeader(text: string, params: Params): string | null {
  const bound = bindWord(text, params);
  return /[\r\n\0]/.test(bound) ? null : bound;
}

/** What stands for a parameter in commands: `${{name}}`, and `<name>` where that is one. */
const IN_SHELL = /\$\{\{([^{}\n]*)\}\}|<([A-Za-z_][\w .-]*)>/g;

/**
 * A shell gets values as variables of its environment, and the text only names them: `"${WARROOM_PARAM_1}"`, so that no value is
 * ever read as code. `$NAME` of the text needs nothing but the variable.
 */
export function bindShell(text: string, params: Params): { readonly text: string; readonly env: Params } {
  const env: Record<string, string> = Object.fromEntries(
    Object.entries(params).filter(([name]) => /^[A-Za-z_]\w*$/.test(name)),
  );
  const names = Object.keys(params);
  const bound = text.replaceAll(IN_SHELL, (all, curly: string | undefined, angle: string | undefined, at: number) => {
    const name = (curly ?? angle ?? '').trim();
    const known = names.indexOf(name);
    if (known < 0) return all;
    const variable = `WARROOM_PARAM_${known + 1}`;
    env[variable] = valueOf(params, name);
    // A wrong guess splits words, and never makes code of a value.
    const quote = openQuote(text.slice(0, at));
    return quote === '"' ? `\${${variable}}` : quote === "'" ? `'"\${${variable}}"'` : `"\${${variable}}"`;
  });
  return { text: bound, env };
}
