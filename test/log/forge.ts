/** A forger who knows how a record is made. */
import fs from 'node:fs';
import { encodeLine, lineHash } from '../../src/log/record.ts';

/** Rewrites a record's lines, checksums and chain made right again: what a careful forger would do. */
export function forge(file: string, change: (json: string, line: number) => string): void {
  let prev: string | null = null;
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const forged = lines.map((line, i) => {
    let json = change(line.slice(9), i + 1);
    if (prev !== null) json = json.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    const bytes = encodeLine(json);
    prev = lineHash(bytes.subarray(0, -1));
    return bytes;
  });
  fs.writeFileSync(file, Buffer.concat(forged));
}
