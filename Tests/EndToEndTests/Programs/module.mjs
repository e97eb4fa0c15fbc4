import cluster, { fork, workers, isPrimary } from 'node:cluster';
import { createServer } from 'node:http';

if (isPrimary) {
  const worker = fork({ VALUE: 'module' });
  console.log(workers === cluster.workers, workers[1] === worker);
  worker.on('message', (message) => {
    console.log(message);
    cluster.disconnect(() => console.log('done'));
  });
} else {
  createServer().listen(0, () => process.send(process.env.VALUE));
}
