// The primary schedules jobs, sends configuration, and collects answers; one worker crashes and is replaced.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const results = [];
  const configure = (worker) => worker.send({ type: 'configuration', factor: 10 });
  cluster.on('online', configure);
  cluster.on('exit', (worker, code, signal) => {
    console.log('exit', code, signal);
    if (code !== 0) cluster.fork();
  });
  cluster.on('message', (worker, { type, value }) => {
    if (type === 'configured') return worker.send({ type: 'job', value: results.length });
    results.push(value);
    if (results.length === 2) return worker.send({ type: 'crash' });
    if (results.length < 4) return worker.send({ type: 'job', value: results.length });
    console.log(results.join());
    worker.kill('SIGKILL');
    cluster.removeAllListeners('exit');
    worker.on('exit', (code, signal) => console.log('last', code, signal));
  });
  cluster.fork();
} else {
  let factor;
  process.on('message', (message) => {
    if (message.type === 'configuration') {
      factor = message.factor;
      process.send({ type: 'configured' });
    } else if (message.type === 'job') {
      process.send({ type: 'result', value: message.value * factor });
    } else {
      process.exit(7);
    }
  });
}
