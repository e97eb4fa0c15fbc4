// Replaces its workers one by one at SIGUSR2, as recluster and naught do, and ends at SIGTERM.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ exec: require('node:path').join(__dirname, 'rolling-worker.js') });
  let round = 0;
  let isEnding = false;
  const fork = () => cluster.fork({ ROUND: round });
  cluster.on('exit', (worker) => {
    console.log('gone', worker.id, worker.exitedAfterDisconnect);
    if (!isEnding && worker.exitedAfterDisconnect) process.kill(process.pid, 'SIGTERM');
    if (isEnding && Object.keys(cluster.workers).length === 0) process.exit(3);
  });
  process.on('SIGUSR2', () => {
    round++;
    for (const old of Object.values(cluster.workers)) {
      fork().on('message', () => {
        console.log('replaced', old.id);
        old.disconnect();
      });
    }
  });
  process.on('SIGTERM', () => {
    isEnding = true;
    console.log('ending');
    for (const worker of Object.values(cluster.workers)) worker.kill();
  });
  fork().on('message', (message) => {
    console.log('first', message);
    process.kill(process.pid, 'SIGUSR2');
  });
} else {
  throw new Error('not a worker');
}
