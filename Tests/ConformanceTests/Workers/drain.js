// Answers with its id what a client says. At the first SIGTERM it takes no more connections, and ends when all are done.
const cluster = require('cluster');
const net = require('net');

const server = net
  .createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(`${cluster.worker.id}`));
    process.send('connected');
  })
  .listen(0);

process.once('SIGTERM', () => server.close(() => process.connected && process.disconnect()));
