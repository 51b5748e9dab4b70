/**
 * An OAuth provider and the service that logs people in through it, in one process: `/login/oauth/access_token` is the
 * provider's, `/healthz` tells how many logins failed, `/flags/sessions` is the switch for longer sessions.
 */
import http from 'node:http';

/** `down`: it answers 503; `secret`: it takes our secret no more, and says so with status 200 as GitHub does. */
const ANSWERS = {
  well: [200, { error: 'bad_verification_code' }],
  down: [503, { message: 'unavailable' }],
  secret: [200, { error: 'incorrect_client_credentials' }],
} as const;
let provider: keyof typeof ANSWERS = 'well';
let sessions = { enabled: false };
let [logins, errors, due] = [0, 0, 0];

/** People log in twice a second; where sessions live on, hardly anybody has to. */
setInterval(() => {
  for (due += sessions.enabled ? 0.01 : 0.5; due >= 1; due--) {
    logins++;
    if (provider !== 'well') errors++;
  }
}, 250);

const server = http.createServer((request, response) => {
  void (async () => {
    let text = '';
    for await (const part of request) text += String(part);
    const [status, body] = answer(`${request.method} ${request.url}`, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  })().catch(() => response.writeHead(400).end());
});

function answer(asked: string, text: string): readonly [number, object] {
  switch (asked) {
    case 'POST /login/oauth/access_token':
      return ANSWERS[provider];
    case 'GET /healthz':
      return [200, { status: 'ok', oauth: { provider, logins, errors } }];
    case 'GET /flags/sessions':
      return [200, sessions];
    case 'PUT /flags/sessions':
      sessions = JSON.parse(text) as typeof sessions;
      return [200, sessions];
    case 'POST /fault':
      provider = (JSON.parse(text) as { provider: typeof provider }).provider;
      return [200, {}];
    default:
      return [404, { error: 'not found' }];
  }
}

const port = Number(process.argv[2]);
server.listen(port, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
