// Removes what stands at the path of its first argument and listens there, as many servers do at their start. Answers with
// its id.
const cluster = require('cluster');
const fs = require('fs');
const net = require('net');

fs.rmSync(process.argv[2], { force: true });
net
  .createServer((socket) => socket.end(`${cluster.worker.id}`))
  .on('error', ({ code }) => process.send({ code }))
  .listen(process.argv[2], () => process.send('listening'));
