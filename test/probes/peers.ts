/** Peers that behave and misbehave, for the probes to meet. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { generate } from 'selfsigned';

export interface Peer {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(server: net.Server, host = '127.0.0.1'): Promise<Peer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A bare TCP server; what it does with a connection is `answer`. */
export const tcp = (answer: (socket: net.Socket) => void = () => {}): Promise<Peer> => listen(net.createServer(answer));

export const web = (answer: http.RequestListener): Promise<Peer> => listen(http.createServer(answer));

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}
/** A self-signed certificate for `name`, valid for `days` from `from` on. */
export async function certificate(name: string, days = 30, from = new Date(Date.now() - 60_000)): Promise<Certificate> {
  const isIp = net.isIP(name) !== 0;
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    notBeforeDate: from,
    notAfterDate: new Date(from.getTime() + days * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [isIp ? { type: 7, ip: name } : { type: 2, value: name }] },
    ],
  });
  return { key: made.private, cert: made.cert };
}

export const secureWeb = (certificate: Certificate, answer: http.RequestListener): Promise<Peer> =>
  listen(https.createServer({ ...certificate }, answer) as unknown as net.Server);

/** A server that begins its answer with `begin`, and never ends it. */
export const flooding = (begin: string | Buffer) =>
  tcp((socket) => {
    const flood = Buffer.alloc(2 ** 20, 'x');
    const more = () => {
      while (!socket.destroyed && socket.write(flood));
    };
    socket.once('data', () => {
      socket.write(begin);
      socket.on('drain', more);
      more();
    });
  });
