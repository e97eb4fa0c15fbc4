// Which events come, in which order, on whom.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const log = (...words) => console.log(...words);
  cluster.on('setup', (settings) => log('setup', settings.exec === __filename, settings.silent, settings.args.length));
  cluster.on('fork', (worker) => log('fork', worker.id, worker.state));
  cluster.on('online', (worker) => log('cluster online', worker.id, worker.state));
  cluster.on('listening', (worker, address) => log('cluster listening', worker.id, address.addressType, worker.state));
  cluster.on('message', (worker, message) => log('cluster message', worker.id, message));
  cluster.on('disconnect', (worker) => log('cluster disconnect', worker.id, worker.state));
  cluster.on('exit', (worker, code, signal) => log('cluster exit', code, signal, worker.exitedAfterDisconnect));
  const worker = cluster.fork();
  log('forked', worker.id, worker.isConnected(), worker.isDead(), worker.process.pid > 0);
  worker.on('online', () => log('worker online'));
  worker.on('listening', () => worker.send({ to: 'worker' }, () => log('sent')));
  worker.on('message', (message) => {
    log('worker message', message);
    worker.disconnect();
  });
  worker.on('disconnect', () => log('worker disconnect', worker.isConnected()));
  worker.on('exit', (code, signal) => {
    log('worker exit', code, signal, worker.isDead(), worker.process.exitCode);
    log('kill', worker.process.kill(), worker.isConnected(), cluster.workers[worker.id]);
  });
} else {
  require('node:net').createServer().listen(0);
  process.on('message', (message) => process.send({ back: message }));
}
