/** What a docker step asks a program named docker, without a shell. No docker runs where the tests do: it answers its arguments. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StepContext } from '../../src/runbooks/native/step.ts';
import { docker } from '../../src/runbooks/steps/docker.ts';

const PATH = process.env['PATH'];
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'warroom-docker-'));
  writeFileSync(path.join(folder, 'docker'), '#!/bin/sh\nprintf "%s|" "$@"\n');
  chmodSync(path.join(folder, 'docker'), 0o755);
  process.env['PATH'] = `${folder}:${PATH ?? ''}`;
});
afterAll(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

async function asked(text: string, params: Record<string, string> = {}): Promise<string> {
  let out = '';
  const context = {
    step: { text },
    params,
    signal: new AbortController().signal,
    write: (chunk: Buffer | string) => {
      out += chunk.toString();
      return Promise.resolve();
    },
    onGroup: () => {},
  } as unknown as StepContext;
  await docker(context);
  return out;
}

test.each([
  ['docker stats web', {}, 'stats|--no-stream|web|'],
  ['ps -a', {}, 'ps|-a|'],
  ['docker logs web', {}, 'logs|--tail|500|web|'],
  ['docker logs --tail=5 web', {}, 'logs|--tail=5|web|'],
  ['docker inspect ${{name}}', { name: 'a; touch $(x) b' }, 'inspect|a; touch $(x) b|'],
])('%s %j: %s', async (text, params: Record<string, string>, args) => {
  expect(await asked(text, params)).toBe(args);
});

test.each(['docker rm -f web', 'docker exec web sh', 'docker --host x ps', 'docker'])('%s is refused', async (text) => {
  await expect(asked(text)).rejects.toThrow('docker steps are stats, ps, top, logs and inspect');
});

test.each([{ name: '-f' }, { name: '--follow' }])(
  'following for ever is refused, also by a parameter: %j',
  async (params) => {
    await expect(asked('docker logs ${{name}}', params)).rejects.toThrow('never ends');
  },
);
