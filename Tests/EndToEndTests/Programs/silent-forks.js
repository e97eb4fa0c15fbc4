// Goes on until it is told to end, and says which workers it has. Its workers' output is its own to read.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true });
  cluster.on('online', (worker) => console.log(`online ${worker.id}`));
  setInterval(() => {}, 1000);
  console.log('runs');
} else {
  console.log('printed');
  process.on('message', () => {});
}
