/** The built-in steps: what `uses=` may name, of which kind and language they are, and the parameters they take. */

interface BuiltIn {
  readonly kind: 'observe' | 'mutate';
  readonly language: string;
  readonly params: readonly string[];
  /** It works on all targets that fit. */
  readonly takesMany?: true;
}

const step = (kind: BuiltIn['kind'], language: string, params: string): BuiltIn => ({
  kind,
  language,
  params: params.split(' ').filter(Boolean),
});

export const USES: Readonly<Record<string, BuiltIn>> = {
  'redis.diagnose': step('observe', 'redis', ''),
  'redis.expire-missing': step('mutate', 'redis', 'pattern ttl'),
  'redis.unlink-idle': step('mutate', 'redis', 'pattern idle'),
  'redis.raise-maxmemory': step('mutate', 'redis', 'maxmemory'),
  'redis.kill-client': step('mutate', 'redis', 'client'),
  'pg.diagnose': step('observe', 'sql', ''),
  'pg.terminate-root-blockers': step('mutate', 'sql', 'idle'),
  'pg.cancel-active': step('mutate', 'sql', 'active'),
  'pg.terminate-idle': step('mutate', 'sql', 'application unused'),
  'ws.diagnose': { ...step('observe', 'http', ''), takesMany: true },
  'ws.rate-limit': { ...step('mutate', 'http', 'connections'), takesMany: true },
  'http.toggle': step('mutate', 'http', ''),
  'oauth.check': step('observe', 'http', ''),
};
