/** A line that speaks another version: every message passes through a test's own function, in both directions. */
import { WebSocketServer, WebSocket } from 'ws';

type Change = (message: Record<string, unknown>) => Record<string, unknown> | null;

export interface FrameProxy {
  readonly url: string;
  /** What passes: changed, or, for null, not at all. */
  toHub: Change;
  toConsole: Change;
  /** Where the hub is from now on. */
  target: string;
  /** Says something to every console that is connected. */
  say(message: Record<string, unknown>): void;
  /** How many connections consoles made so far. */
  connections: number;
  close(): Promise<void>;
}

/** Opens a proxy in front of the hub at `target` (a ws:// URL). */
export async function frameProxy(target: string): Promise<FrameProxy> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  const bound = server.address();
  const proxy: FrameProxy = {
    url: `ws://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    toHub: (message) => message,
    toConsole: (message) => message,
    target,
    connections: 0,
    say: (message) => server.clients.forEach((near) => near.send(JSON.stringify(message))),
    close: () =>
      new Promise((resolve) => {
        for (const near of server.clients) near.terminate();
        server.close(() => resolve());
      }),
  };
  server.on('connection', (near) => {
    proxy.connections++;
    const far = new WebSocket(`${proxy.target}/v1/ws`, { perMessageDeflate: false });
    const early: string[] = [];
    const pass = (to: WebSocket, change: Change, text: string): void => {
      const message = change(JSON.parse(text) as Record<string, unknown>);
      if (message !== null) to.send(JSON.stringify(message));
    };
    near.on('message', (data: Buffer) => {
      if (far.readyState !== WebSocket.OPEN) return void early.push(data.toString());
      pass(far, proxy.toHub, data.toString());
    });
    far.on('open', () => early.splice(0).forEach((text) => pass(far, proxy.toHub, text)));
    far.on('message', (data: Buffer) => {
      if (near.readyState === WebSocket.OPEN) pass(near, proxy.toConsole, data.toString());
    });
    far.on('ping', (data) => near.ping(data));
    near.on('close', () => far.terminate());
    far.on('error', () => near.terminate());
    far.on('close', (code, reason) => {
      if (code >= 4000 || code === 1000 || code === 1001) near.close(code, reason);
      else near.terminate();
    });
  });
  return proxy;
}
