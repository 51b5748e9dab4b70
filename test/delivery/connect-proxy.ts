/** A forward proxy that only knows CONNECT: whatever host is asked for, the tunnel ends at a server of ours. */
import http from 'node:http';
import net from 'node:net';
import { listen, type Peer } from '../probes/peers.ts';

export interface ConnectProxy extends Peer {
  /** What was asked for, as `host:port` and the Basic credentials that came with it. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[];
}

export async function connectProxy(
  targetPort: number,
  answer: 'tunnel' | '407' | '502' | 'close' | 'hang' = 'tunnel',
): Promise<ConnectProxy> {
  const asked: { target: string; authorization: string | undefined }[] = [];
  const server = http.createServer();
  server.on('connect', (request, near: net.Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    near.on('error', () => {});
    if (answer === 'hang') return;
    if (answer === 'close') return near.destroy();
    if (answer !== 'tunnel') return near.end(`HTTP/1.1 ${answer} No\r\ncontent-length: 0\r\n\r\n`);
    const far = net.connect(targetPort, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  return { ...(await listen(server)), asked };
}
