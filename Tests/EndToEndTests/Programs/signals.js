// Tells of each signal, and of workers that others fork.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  for (const signal of ['SIGHUP', 'SIGUSR2']) process.on(signal, () => console.log(signal));
  process.on('SIGTERM', () => {
    console.log('SIGTERM');
    process.exit(9);
  });
  cluster.on('online', (worker) => console.log('online', worker.id, cluster.workers[worker.id] === worker));
  cluster.on('exit', (worker, code, signal) => console.log('exit', worker.id, signal));
  cluster.on('message', (worker, message) => console.log('message', worker.id, message));
  cluster.fork();
} else {
  process.send(`I am ${cluster.worker.id}`);
  setInterval(() => {}, 1000);
}
