// WebSockets on /live; what is posted to /publish goes to all of them.
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const server = createServer(async (request, response) => {
  let message = '';
  for await (const part of request) message += part;
  for (const client of sockets.clients)
    if (client.readyState === WebSocket.OPEN) client.send(message);
  response.end();
});
const sockets = new WebSocketServer({ server, path: '/live' });
server.listen(process.env.PORT, '127.0.0.1');
