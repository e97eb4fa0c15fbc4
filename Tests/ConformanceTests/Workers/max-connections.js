// Takes one connection at a time: says its id and keeps it open until the client ends it.
const cluster = require('cluster');
const net = require('net');

const server = net.createServer((socket) => {
  socket.write(`${cluster.worker.id}`);
  socket.resume();
});
server.maxConnections = 1;
server.listen(0);
