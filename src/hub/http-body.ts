/** Requests of programs outside: bounded in size, time and rate, with plain answers in JSON or HTML. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { HubContext } from './hub-context.ts';
import { RateLimiter } from './rate-limiter.ts';
import { json, queryOf, type RouteHandler, type Routes } from './server.ts';

/** Thrown by a handler: the request is answered with this, and nothing was done. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** After how long it may succeed, ms. */
  readonly retryMs: number | null;

  /** `message` is what the sender reads. 4xx is for what can never be right: many programs give up on it. */
  constructor(status: number, message: string, retryMs: number | null = null) {
    super(message);
    this.status = status;
    this.retryMs = retryMs;
  }
}

/** `body`: an object becomes JSON, text is a page of HTML. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: object | string;
}

/** A request whose body is read only when the handler asks for it, so that it can check who sends first. */
export interface IncomingRequest {
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
  /** The last part of the path, decoded, where the route ends in `*`; any text. */
  readonly name: string;
  /** Counts this request against `key`, the sender's address by default. Throws a refusal beyond the rate. */
  limit(key?: string, status?: number): void;
  /** The exact bytes, as signatures need them. Throws a refusal when there are more than `most`. */
  body(most?: number): Promise<Buffer>;
}

type Handle = (request: IncomingRequest) => Promise<HttpAnswer>;

const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export class HttpBodies {
  readonly #context: Pick<HubContext, 'limits' | 'onBug'>;
  readonly #rates: RateLimiter;
  /** Bytes of bodies that are being read or handled. */
  #held = 0;

  constructor(context: Pick<HubContext, 'clock' | 'limits' | 'onBug'>) {
    const { clock, limits } = context;
    this.#context = context;
    this.#rates = new RateLimiter(limits.perSecond, limits.burst, clock);
  }

  /** What handles these routes; each answers, or throws a refusal. */
  routes(handlers: Readonly<Record<string, Handle>>): Routes {
    const routes = Object.entries(handlers).map(([route, handle]): [string, RouteHandler] => [
      route,
      (request, response, name) => void this.#answer(request, response, name, handle),
    ]);
    return Object.fromEntries(routes);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, name: string, handle: Handle): Promise<void> {
    let held = 0;
    let isCounted = false;
    const { limits, onBug } = this.#context;
    const limit = (key = `address ${request.socket.remoteAddress ?? ''}`, status = 429): void => {
      isCounted = true;
      const waitMs = this.#rates.take(key);
      if (waitMs > 0) throw new HttpRefusal(status, 'too many requests', waitMs);
    };
    const body = async (most = limits.body): Promise<Buffer> => {
      if (!isCounted) limit();
      return readBody(request, most, (bytes) => {
        held += bytes;
        this.#held += bytes;
        if (this.#held > limits.bodies) throw new HttpRefusal(503, 'the hub is busy', 1_000);
      });
    };
    try {
      const { headers } = request;
      const { status, body: answer } = await handle({ headers, query: queryOf(request), name, limit, body });
      if (typeof answer === 'object') json(response, status, answer);
      else response.writeHead(status, PAGE_HEADERS).end(answer);
    } catch (error) {
      if (error instanceof HttpRefusal) refuse(request, response, error);
      else if (!response.destroyed && !request.destroyed) {
        onBug(error);
        refuse(request, response, new HttpRefusal(500, 'the hub failed on this, which is a fault of its own', 10_000));
      }
    } finally {
      this.#held -= held;
    }
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, message, retryMs }: HttpRefusal): void {
  json(
    response,
    status,
    { error: message.slice(0, 500) },
    {
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(retryMs === null ? {} : { 'Retry-After': String(Math.ceil(retryMs / 1_000)) }),
      // The rest of a body that nobody wants would be read before the next request.
      ...(request.complete ? {} : { Connection: 'close' }),
    },
  );
}

/** Slow ones end by the server's request timeout. `hold` is told of every byte that is kept. */
async function readBody(request: IncomingMessage, most: number, hold: (bytes: number) => void): Promise<Buffer> {
  const tooLarge = new HttpRefusal(413, `a body has ${most} bytes at most`);
  if (Number(request.headers['content-length']) > most) throw tooLarge;
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new HttpRefusal(415, 'send the body uncompressed');
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the socket: the refusal is still to be written.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > most) throw tooLarge;
    hold(bytes.length);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of a body in UTF-8, else a refusal. */
export function textBody(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new HttpRefusal(400, 'the body is not UTF-8');
  }
}

/** The body as `shape` reads it; a refusal names the first field that is wrong. */
export function jsonBody<T>(shape: v.GenericSchema<unknown, T>, body: Buffer): T {
  let raw: unknown;
  try {
    raw = JSON.parse(textBody(body));
  } catch (error) {
    throw error instanceof HttpRefusal ? error : new HttpRefusal(400, 'the body is not JSON');
  }
  const { issues, output } = v.safeParse(shape, raw, { abortEarly: true });
  if (issues === undefined) return output as T;
  throw new HttpRefusal(400, `${v.getDotPath(issues[0]) ?? 'the body'}: ${issues[0].message}`);
}
