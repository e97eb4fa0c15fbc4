// Closes its server when told "close", opens it anew on the same port when told "open"; says each time.
const cluster = require('cluster');
const net = require('net');

const server = net.createServer((socket) => socket.end(`${cluster.worker.id}`));
let port = 0;
const open = () =>
  server.listen(port, () => {
    port = server.address().port;
    process.send({ open: port });
  });

process.on('message', (message) => {
  if (message === 'close') server.close(() => process.send('closed'));
  else open();
});
open();
