// Connections that never end, so that a disconnect needs a deadline.
//
//   cluster-agent --workers 1 Examples/endless-connections.js
//   cluster-cli send 1 '"shutdown"'                    the worker says good-bye to its clients
//   cluster-cli --timeout 2s disconnect 1 --wait       waits two seconds at most
//   cluster-cli kill 1
'use strict';
const cluster = require('cluster');
const net = require('net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('listening', () => {
    worker.send('shutdown');
    worker.disconnect();
    const deadline = setTimeout(() => worker.kill(), 2000);
    worker.on('disconnect', () => clearTimeout(deadline));
  });
} else {
  const clients = new Set();
  net
    .createServer((socket) => {
      clients.add(socket);
      socket.on('close', () => clients.delete(socket));
      socket.on('error', () => {});
      const timer = setInterval(() => socket.write('tick\n'), 1000);
      socket.on('close', () => clearInterval(timer));
    })
    .listen(8000);
  process.on('message', (message) => {
    if (message !== 'shutdown') return;
    for (const socket of clients) socket.write('the server is going away\n');
  });
}
