// Listens on each of its arguments (JSON, for server.listen) and sends what came of each; answers with its id.
const cluster = require('cluster');
const net = require('net');

for (const argument of process.argv.slice(2)) {
  const server = net.createServer((socket) => socket.end(`${cluster.worker.id}`));
  server.on('error', ({ code, syscall, port }) => process.send({ code, syscall, port }));
  server.listen(JSON.parse(argument), () => process.send({ address: server.address() }));
}
