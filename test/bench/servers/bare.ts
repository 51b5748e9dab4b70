/** A bare `ws` broadcast: nothing is validated, ordered or kept. The yardstick. */
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    for (const client of server.clients) client.send(data, { binary: false });
  });
});
server.on('listening', () => {
  const at = server.address();
  if (typeof at === 'object' && at !== null) process.send?.({ url: `ws://127.0.0.1:${at.port}`, token: '' });
});
process.once('disconnect', () => process.exit(0));
