/** The record as a table that spreadsheets open as it is meant. Pure. */
import type { ReportEntry, IncidentReport } from './timeline.ts';

const COLUMNS = [
  'seq',
  'at',
  'recorded',
  'late_seconds',
  'by',
  'role',
  'via',
  'kind',
  'level',
  'visibility',
  'about',
  'text',
  'original',
  'amended_why',
  'retracted_by',
  'retracted_why',
  'pinned',
  'data',
] as const;

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

/** All entries, by when they happened; lines end as RFC 4180 has them. */
export const csvReport = ({ entries }: IncidentReport): string =>
  `${BYTE_ORDER_MARK}${[COLUMNS, ...entries.map(cellsOf)].map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`;

function cellsOf({ event, at, lateMs, text, original, annotation }: ReportEntry): readonly (string | number)[] {
  const { seq, recorded, by, via, kind, level, visibility, ref, data } = event;
  const { amends = [], retracted = null, pinned = false } = annotation ?? {};
  return [
    seq,
    new Date(at).toISOString(),
    recorded,
    Math.round(lateMs / 1000),
    by.name,
    by.role,
    via,
    kind,
    level,
    visibility,
    ref ?? '',
    text,
    original ?? '',
    amends.map(({ why }) => why).join('; '),
    retracted?.by ?? '',
    retracted?.why ?? '',
    pinned ? 'yes' : '',
    JSON.stringify(data),
  ];
}
