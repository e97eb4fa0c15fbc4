// A worker listens on a descriptor of the primary half.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const { TCP, constants } = process.binding('tcp_wrap');
  const handle = new TCP(constants.SOCKET);
  handle.bind('127.0.0.1', 0);
  const address = {};
  handle.getsockname(address);
  const worker = cluster.fork();
  worker.send(handle.fd);
  worker.on('message', (message) => {
    console.log(message);
    net.connect(address.port, '127.0.0.1').setEncoding('utf8').on('data', (text) => {
      console.log(text);
      worker.disconnect();
    });
  });
  worker.on('exit', () => handle.close());
} else {
  process.on('message', (fd) => {
    net.createServer((connection) => connection.end('from the worker')).listen({ fd }, () => process.send('listening'));
  });
}
