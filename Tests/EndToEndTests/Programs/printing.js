// Both halves print.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  console.log('primary half');
  cluster.fork();
} else {
  console.error('worker half');
  setInterval(() => {}, 1000);
}
