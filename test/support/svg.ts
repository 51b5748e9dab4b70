/** A picture of a terminal as SVG: every cell where it stands, with its colours, for documents and for review. */
import type { Vt, VtCell } from './vt.ts';

const CELL = { width: 8.4, height: 18, font: 14 };
/** The terminal's own colours. */
export interface Ground {
  readonly paper: string;
  readonly ink: string;
}
export const DARK: Ground = { paper: '#101418', ink: '#d6dde4' };
export const LIGHT: Ground = { paper: '#ffffff', ink: '#1d2329' };
// prettier-ignore
const SYSTEM = [
  '#1d2329', '#d7443e', '#4caf6d', '#c9a227', '#4a8fe7', '#b070d8', '#38a3a5', '#c9d1d9',
  '#5b6570', '#ff6b63', '#6fd58f', '#f0cb4e', '#77b0ff', '#d29bf5', '#5fd0d2', '#ffffff',
];

/** The colour of an index of the 256-colour palette. */
export function colourOf(index: number): string {
  if (index < 16) return SYSTEM[index]!;
  const hex = (levels: number[]) => `#${levels.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
  if (index >= 232) return hex([0, 0, 0].map(() => 8 + (index - 232) * 10));
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return hex([steps[Math.floor(cube / 36)]!, steps[Math.floor(cube / 6) % 6]!, steps[cube % 6]!]);
}

const escape = (text: string) => text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]!);
const round = (value: number) => String(Math.round(value * 100) / 100);

/** Arms of the box-drawing signs: left, right, up, down. */
const BOXES: Readonly<Record<string, string>> = {
  '─': 'lr',
  '│': 'ud',
  '┌': 'rd',
  '┐': 'ld',
  '└': 'ru',
  '┘': 'lu',
  '├': 'rud',
  '┤': 'lud',
  '┬': 'lrd',
  '┴': 'lru',
  '┼': 'lrud',
};
const BLOCKS = '▁▂▃▄▅▆▇█';
/** Signs that are one shape over several cells. */
const SOLID = `${BLOCKS}░─`;

/** Signs that must meet their neighbours are drawn as shapes: fonts leave gaps. */
function shape(ch: string, x: number, y: number, colour: string, wide = CELL.width): string | null {
  const { width, height } = CELL;
  const level = BLOCKS.indexOf(ch) + 1;
  if (level > 0) {
    const tall = (height * level) / BLOCKS.length;
    return `<rect x="${round(x)}" y="${round(y + height - tall)}" width="${round(wide + 0.1)}" height="${round(tall)}" fill="${colour}"/>`;
  }
  if (ch === '░') {
    return `<rect x="${round(x)}" y="${round(y)}" width="${round(wide + 0.1)}" height="${height}" fill="${colour}" opacity="0.25"/>`;
  }
  const dots = (ch.codePointAt(0) ?? 0) - BRAILLE;
  if (dots > 0 && dots < 256) return braille(dots, x, y, colour);
  if (ch === '─') return `<path d="M${round(x)} ${round(y + height / 2)}h${round(wide)}" stroke="${colour}"/>`;
  const arms = BOXES[ch];
  if (arms === undefined) return null;
  const [cx, cy] = [x + width / 2, y + height / 2];
  const ends = { l: [x, cy], r: [x + width, cy], u: [cx, y], d: [cx, y + height] } as const;
  const path = [...arms].map(
    (arm) => `M${round(cx)} ${round(cy)}L${ends[arm as keyof typeof ends].map(round).join(' ')}`,
  );
  return `<path d="${path.join('')}" stroke="${colour}"/>`;
}

const BRAILLE = 0x2800;
/** Column and row of each of the eight dots, by its bit. */
const DOTS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
] as const;

function braille(dots: number, x: number, y: number, colour: string): string {
  const { width, height } = CELL;
  const path = DOTS.filter((_, bit) => (dots >> bit) & 1).map(
    ([column, row]) => `M${round(x + (column + 0.5) * (width / 2))} ${round(y + (row + 0.5) * (height / 4))}h0`,
  );
  return `<path d="${path.join('')}" stroke="${colour}" class="d"/>`;
}

function drawRun(run: readonly VtCell[], x: number, y: number, { paper: PAPER, ink: INK }: Ground): string {
  const [first] = run;
  const text = run.map((cell) => (cell.width === 0 ? '' : cell.ch || ' ')).join('');
  const own = first!.fg === null ? INK : colourOf(first!.fg);
  const ground = first!.bg === null ? PAPER : colourOf(first!.bg);
  const [ink, paper] = first!.inverse ? [ground, own] : [own, ground];
  const [left, top, wide] = [x * CELL.width, y * CELL.height, run.length * CELL.width];
  let out = '';
  if (paper !== PAPER) {
    out += `<rect x="${round(left)}" y="${round(top)}" width="${round(wide)}" height="${CELL.height}" fill="${paper}"/>`;
  }
  if (text.trim() === '') return out;
  const [sign = ''] = text;
  if (SOLID.includes(sign) && text === sign.repeat(run.length)) return out + (shape(sign, left, top, ink, wide) ?? '');
  const shapes = [...text].map((ch, index) => shape(ch, left + index * CELL.width, top, ink));
  if (shapes.some((drawn) => drawn !== null)) return out + shapes.join('');
  const style = [
    first!.bold ? ' font-weight="bold"' : '',
    first!.underline || first!.strike ? ` text-decoration="${first!.strike ? 'line-through' : 'underline'}"` : '',
  ].join('');
  const begin = text.length - text.trimStart().length;
  const words = text.trim();
  const length = run.length - begin - (text.length - text.trimEnd().length);
  return `${out}<text x="${round(left + begin * CELL.width)}" y="${round(top + CELL.height * 0.74)}" fill="${ink}"${style} textLength="${round(length * CELL.width)}">${escape(words)}</text>`;
}

/** Cells that are drawn in one piece: the same look, and all shapes or all letters. */
function sameRun(a: VtCell, b: VtCell): boolean {
  const look = ({ fg, bg, bold, inverse, underline, strike }: VtCell) =>
    [fg, bg, bold, inverse, underline, strike].join();
  const kind = ({ ch }: VtCell) => ch !== '' && (SOLID.includes(ch) ? ch : shape(ch, 0, 0, '') !== null);
  return look(a) === look(b) && kind(a) === kind(b) && a.width < 2 && (b.width === 1 || a.width === 2);
}

/** The screen as it stands, as an SVG document; on a dark ground when no other is given. */
export function toSvg(terminal: Pick<Vt, 'cells'>, ground: Ground = DARK): string {
  const rows = terminal.cells();
  const body = rows.map((row, y) => {
    let out = '';
    let start = 0;
    for (let x = 1; x <= row.length; x++) {
      const joined = x < row.length && (row[x]!.width === 0 || sameRun(row[x - 1]!, row[x]!));
      if (joined) continue;
      out += drawRun(row.slice(start, x), start, y, ground);
      start = x;
    }
    return out;
  });
  const margin = 10;
  const width = (rows[0]?.length ?? 0) * CELL.width + 2 * margin;
  const height = rows.length * CELL.height + 2 * margin;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}">` +
    `<style>text{white-space:pre}path{stroke-width:1.2;stroke-linecap:square;fill:none}.d{stroke-width:2.4;stroke-linecap:round}</style>` +
    `<rect width="100%" height="100%" rx="6" fill="${ground.paper}"/>` +
    `<g transform="translate(${margin} ${margin})" font-family="'DejaVu Sans Mono','Noto Sans Mono',Menlo,Consolas,monospace" font-size="${CELL.font}" xml:space="preserve">` +
    `${body.join('\n')}</g></svg>\n`
  );
}
