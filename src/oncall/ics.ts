/** On-call shifts as a calendar (RFC 5545): one event a shift, in UTC, without recurrence. */
import type { OncallPlan } from './plan.ts';
import { shiftsWithin } from './shifts.ts';

/** Longest line, in octets (RFC 5545, 3.1). */
const MAX_LINE = 75;

/** The shifts of every rotation that touch the time from `from` to `until`, ms since 1970. Lines end with CRLF. */
export function calendarOf(plan: OncallPlan, from: number, until: number): string {
  const stamp = dateTime(new Date(from).toISOString());
  const events = plan.rotations.flatMap(({ name: rotation }) =>
    shiftsWithin(plan, rotation, from, until).flatMap((shift) => {
      if (shift.name === null) return [];
      const email = plan.people.find(({ name }) => name === shift.name)?.email ?? null;
      const end = shift.until ?? new Date(until).toISOString();
      return [
        'BEGIN:VEVENT',
        `UID:${escaped(encodeURIComponent(rotation))}-${dateTime(shift.from)}@warroom`,
        `DTSTAMP:${stamp}`,
        `DTSTART:${dateTime(shift.from)}`,
        `DTEND:${dateTime(end)}`,
        `SUMMARY:${escaped(`On Call - ${shift.name} - ${rotation}`)}`,
        ...(email === null ? [] : [`ATTENDEE:mailto:${email.replaceAll(/[\s\p{Cc},;:"\\]/gu, '')}`]),
        'TRANSP:TRANSPARENT',
        'END:VEVENT',
      ];
    }),
  );
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//warroom//on call//EN', ...events, 'END:VCALENDAR'];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** `20261123T140211Z` */
const dateTime = (instant: string): string => `${instant.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const escaped = (text: string): string =>
  text.replaceAll(/[\\;,]/g, (char) => `\\${char}`).replaceAll(/\p{Cc}+/gu, ' ');

/** A line of several, each but the first indented by a space; no character is cut. */
function folded(line: string): string {
  const rows: string[] = [];
  let [row, octets] = ['', 0];
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (octets + size > MAX_LINE) {
      rows.push(row);
      // The space in front of the next row counts.
      [row, octets] = ['', 1];
    }
    row += char;
    octets += size;
  }
  return [...rows, row].join('\r\n ');
}
