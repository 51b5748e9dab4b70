/** socket.io broadcasting to everybody, WebSocket transport only; in memory. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false });
io.on('connection', (socket) => {
  socket.on('entry', (entry: unknown) => io.emit('entry', entry));
});
http.listen(0, '127.0.0.1', () => {
  const at = http.address();
  if (typeof at === 'object' && at !== null)
    process.send?.({ url: `ws://127.0.0.1:${at.port}/socket.io/?EIO=4&transport=websocket`, token: '' });
});
process.once('disconnect', () => process.exit(0));
