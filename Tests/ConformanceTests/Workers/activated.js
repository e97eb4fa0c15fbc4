// Listens on the sockets that it was started with (sd_listen_fds(3)); answers with its pid, the descriptor's number and
// whether it is a cluster worker.
const cluster = require('cluster');
const net = require('net');

const count = +process.env.LISTEN_PID === process.pid ? +process.env.LISTEN_FDS : 0;
for (let fd = 3; fd < 3 + count; fd++) {
  net.createServer((socket) => socket.end(`${process.pid} ${fd} ${cluster.isWorker}`)).listen({ fd });
}
