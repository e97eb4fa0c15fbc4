// The primary counts what its workers tell it, as in the documentation of node:cluster.
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  let requests = 0;
  let listening = 0;
  for (let i = 0; i < 2; i++) cluster.fork();
  for (const id in cluster.workers) {
    cluster.workers[id].on('message', (message) => {
      if (message.cmd === 'request') requests++;
    });
  }
  cluster.on('listening', async (worker, address) => {
    if (++listening < 2) return;
    for (let i = 0; i < 6; i++) await (await fetch(`http://127.0.0.1:${address.port}/`)).text();
    setTimeout(function check() {
      if (requests < 6) return setTimeout(check, 10);
      console.log(`${requests} requests`);
      cluster.disconnect(() => console.log('all disconnected', Object.keys(cluster.workers).length));
    }, 10);
  });
} else {
  http.createServer((request, response) => {
    process.send({ cmd: 'request' });
    response.setHeader('connection', 'close');
    response.end('counted\n');
  }).listen(0, '127.0.0.1');
}
