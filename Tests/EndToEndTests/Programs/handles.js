// Servers and sockets that either half sends to the other.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const server = net.createServer().listen(0, '127.0.0.1', () => worker.send('server', server));
  const datagrams = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  worker.on('message', (message, handle) => {
    console.log(message, handle?.constructor.name);
    if (message === 'listening') {
      net.connect(server.address().port, '127.0.0.1').setEncoding('utf8').on('data', (text) => {
        console.log(text);
        worker.send('datagrams', datagrams);
      });
      server.close();
    } else if (message === 'connection') {
      handle.end('from the primary');
    } else {
      datagrams.close();
      worker.disconnect();
    }
  });
} else {
  process.on('message', (message, handle) => {
    console.log(message, handle.constructor.name);
    if (message === 'server') {
      handle.on('connection', (connection) => {
        handle.close();
        process.send('connection', connection);
      });
      process.send('listening');
    } else {
      handle.close();
      process.send('done');
    }
  });
}
