// The primary half ends in one way or another while each worker has a request to answer.
const cluster = require('node:cluster');
const http = require('node:http');

const count = 4;
if (cluster.isPrimary) {
  let busy = 0;
  let listening = 0;
  cluster.on('listening', (worker, address) => {
    if (++listening === count) console.log('port', address.port);
  });
  cluster.on('message', () => {
    if (++busy < count) return;
    if (process.argv[2] === 'exit') process.exit(3);
    if (process.argv[2] === 'throw') throw new Error('the end');
    process.kill(process.pid, process.argv[2]);
  });
  for (let n = 0; n < count; n++) cluster.fork();
} else {
  http
    .createServer((request, response) => {
      process.send('busy');
      setTimeout(() => response.end('answered'), 300);
    })
    .listen(0);
}
