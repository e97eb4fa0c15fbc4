// Says its id to each client and keeps the connection until the client ends it.
const cluster = require('cluster');
const net = require('net');

net
  .createServer((socket) => {
    socket.write(`${cluster.worker.id}`);
    socket.on('error', () => {});
    socket.resume();
  })
  .listen(0);
