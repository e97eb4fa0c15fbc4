// The primary accepts and hands each connection to the worker that its client belongs to.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  let ready = 0;
  cluster.on('message', (worker, message) => {
    if (message === 'ready' && ++ready === 2) start();
  });
  const start = () => {
    let next = 0;
    const server = net.createServer({ pauseOnConnect: true }, (connection) => {
      workers[next++ % 2].send('sticky', connection);
    });
    server.listen(0, '127.0.0.1', async () => {
      for (let i = 0; i < 4; i++) console.log(await ask(server.address().port));
      server.close(() => console.log('closed'));
      cluster.disconnect();
    });
  };
  const ask = (port) => new Promise((resolve) => {
    let text = '';
    net.connect(port, '127.0.0.1', function() { this.end(`hello ${port > 0}`); })
      .setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve(text));
  });
} else {
  process.on('message', (message, connection) => {
    if (message !== 'sticky') return;
    connection.setEncoding('utf8').on('data', (text) => connection.end(`${cluster.worker.id}: ${text}`));
    connection.resume();
  });
  process.send('ready');
}
