/** What the tests themselves must not do (test/README.md): read as text, with proof that each rule catches something. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && file !== path.basename(import.meta.filename),
);

interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
  /** A line that it must catch. */
  readonly example: string;
  readonly except?: RegExp;
}

const RULES: readonly Rule[] = [
  {
    what: 'chance without the seed of the run (support/random.ts)',
    pattern: /\bMath\.random\b/,
    example: 'if (Math.random() < 0.5) return;',
  },
  {
    what: 'properties without the seed of the run (support/property.ts)',
    pattern: /from 'fast-check'/,
    example: "import fc from 'fast-check';",
    except: /^support\/property\.ts$/,
  },
  {
    what: 'a fixed sleep right before an assertion: wait for what must come, then assert what did not come before it',
    pattern:
      /^ *await (?:new Promise\(.*setTimeout\(.*\)|(?:sleep|settle|delay|wait)\(.*\));\n(?: *await [\w.]+\.flush\(\);\n)? *expect\(/m,
    example: '  await new Promise((resolve) => setTimeout(resolve, 300));\n  expect(heard).toEqual([]);',
  },
  {
    what: 'an assertion that zero satisfies',
    pattern: /\)\.toBeGreaterThanOrEqual\(0\)/,
    example: 'expect(lag).toBeGreaterThanOrEqual(0);',
    // The lower end of a range.
    except: /^terminal\/editor\.test\.ts$/,
  },
];

test.each(RULES)('no test has $what', ({ pattern, example, except }) => {
  expect(example).toMatch(pattern);
  expect(files.length).toBeGreaterThan(150);
  const guilty = files.filter(
    (file) => !except?.test(file) && pattern.test(readFileSync(path.join(root, file), 'utf8')),
  );
  expect(guilty).toEqual([]);
});
