/** The record as a table that spreadsheets open as it is meant. Pure. */
import type { ReportEntry, IncidentReport } from './timeline.ts';

/** Spreadsheets show UTF-8 rightly only behind this mark. */
const BYTE_ORDER_MARK = '\ufeff';
/** A cell that begins so is run as a formula, in some of them also in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** A cell: an apostrophe keeps text from being a formula; spreadsheets do not show it. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = value.replace(UNPRINTABLE, '\ufffd').replaceAll(/\r\n?/g, '\n');
  return `"${`${FORMULA.test(value) ? "'" : ''}${text}`.replaceAll('"', '""')}"`;
}

const COLUMNS: Readonly<Record<string, (entry: ReportEntry) => string | number>> = {
  seq: ({ event }) => event.seq,
  at: ({ at }) => new Date(at).toISOString(),
  recorded: ({ event }) => event.recorded,
  late_seconds: ({ lateMs }) => Math.round(lateMs / 1000),
  by: ({ event }) => event.by.name,
  role: ({ event }) => event.by.role,
  via: ({ event }) => event.via,
  kind: ({ event }) => event.kind,
  level: ({ event }) => event.level,
  visibility: ({ event }) => event.visibility,
  about: ({ event }) => event.ref ?? '',
  text: ({ text }) => text,
  original: ({ original }) => original ?? '',
  amended_why: ({ annotation }) => annotation?.amends.map(({ why }) => why).join('; ') ?? '',
  retracted_by: ({ annotation }) => annotation?.retracted?.by ?? '',
  retracted_why: ({ annotation }) => annotation?.retracted?.why ?? '',
  pinned: ({ annotation }) => (annotation?.pinned ? 'yes' : ''),
  data: ({ event }) => JSON.stringify(event.data),
};

/** All entries, by when they happened; lines end as RFC 4180 has them. */
export function csvReport({ entries }: IncidentReport): string {
  const rows = [Object.keys(COLUMNS), ...entries.map((entry) => Object.values(COLUMNS).map((cell) => cell(entry)))];
  return `${BYTE_ORDER_MARK}${rows.map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
