/** What a hub needs to run the steps of one text. */
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { HubTarget } from '../../src/hub/settings.ts';
import { redis } from '../../src/probes/redis/redis.ts';
import { runbookOf } from './world.ts';

export const STEPS = `---
warroom:
  params:
    pattern: 'k:*'
    ttl: 10
    id: 1
    word: { default: "it's; SELECT 2" }
    secret: { env: STEP_SECRET, secret: true }
---
# Steps
\`\`\`redis {name=expire kind=mutate uses=redis.expire-missing target=cache max=5000}
EXPIRE \${{pattern}} \${{ttl}} NX
\`\`\`
\`\`\`redis {name=ping kind=observe target=cache}
PING
ECHO \${{word}}
\`\`\`
\`\`\`sql {name=rows kind=observe target=db}
SELECT \${{word}}::text AS word, 9007199254740993::int8 AS big, n FROM generate_series(1, 3) AS n;
\`\`\`
\`\`\`sql {name=many kind=observe target=db}
SELECT repeat('x', 500) FROM generate_series(1, 1000000);
\`\`\`
\`\`\`sql {name=slow kind=observe target=db timeout=1s}
SELECT count(*) FROM generate_series(1, 1000000000);
\`\`\`
\`\`\`sh {name=huge kind=observe timeout=1m}
head -c 100000000 /dev/zero | tr '\\0' x | fold -w 99
\`\`\`
\`\`\`sh {name=binary kind=observe}
head -c 300000 /dev/urandom
\`\`\`
\`\`\`sh {name=endless kind=observe timeout=1s}
echo begun; sleep 98765 & setsid sleep 98765 & sleep 98765
\`\`\`
\`\`\`sh {name=waits kind=observe timeout=5m}
echo begun; sleep 98765 & setsid sleep 98765 & sleep 98765
\`\`\`
\`\`\`sh {name=say kind=observe}
echo "\${{word}}" \${{word}} '\${{word}}' the secret is \${{secret}}
\`\`\`
\`\`\`log {name=search kind=observe target=here since=500w}
\${{word}}
\`\`\`
\`\`\`ask {name=team}
Which team?
\`\`\`
`;

/** Steps run in the build, also those of a hub in a test's own process. */
const SLOW_STEPS = import.meta.filename.endsWith('.ts') ? '../../dist/test/runbooks/slow-steps.js' : 'slow-steps.js';

export const stepOptions = (redisUrl: string, databaseUrl: string | null = null): Partial<HubOptions> => {
  const settings = redis.parse({ url: redisUrl });
  const targets: HubTarget[] = [{ name: 'cache', kind: 'redis', intervalMs: 1_000, settings }];
  const ofDatabase = { url: databaseUrl, timeoutMs: 2_500, ca: null, cert: null, key: null };
  if (databaseUrl !== null) targets.push({ name: 'db', kind: 'postgres', intervalMs: 1_000, settings: ofDatabase });
  return {
    targets,
    runbooks: {
      read: () => Promise.resolve([runbookOf(STEPS)]),
      logs: () => [{ name: 'here', kind: 'file', pattern: import.meta.filename }],
      allowShell: true,
      env: { STEP_SECRET: 'correct-horse-battery' },
      native: new URL(SLOW_STEPS, import.meta.url).href,
    },
  };
};
