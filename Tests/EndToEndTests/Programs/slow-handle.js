// A worker that does not read has not got a socket: what is sent to it afterwards waits here.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.once('message', () => {
    worker.process.kill('SIGSTOP');
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      worker.send('server', server);
      worker.send('later');
      setTimeout(() => {
        console.log('waiting', worker.process._handleQueue?.length);
        worker.process.kill('SIGCONT');
        server.close();
      }, 200);
    });
    worker.on('message', (message) => {
      console.log(message);
      if (message === 'got later') worker.disconnect();
    });
  });
} else {
  process.on('message', (message, handle) => {
    handle?.close();
    process.send(`got ${message}`);
  });
  process.send('here');
}
