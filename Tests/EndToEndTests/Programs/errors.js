// What is refused, and how.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const attempt = (name, body) => {
    try {
      body();
      console.log(name, 'nothing');
    } catch (error) {
      console.log(name, error.code ?? error.name);
    }
  };
  attempt('options', () => cluster.setupPrimary({ args: 'text' }) ?? cluster.fork());
  cluster.settings.args = [];
  attempt('stdio', () => {
    cluster.setupPrimary({ stdio: ['pipe', 'pipe', 'pipe'] });
    cluster.fork();
  });
  delete cluster.settings.stdio;
  cluster.setupPrimary({});
  const worker = cluster.fork();
  attempt('send', () => worker.send(undefined));
  attempt('signal', () => worker.kill('SIGNONE'));
  worker.on('exit', (code, signal) => {
    console.log(code, signal);
    attempt('late', () => worker.kill());
    worker.send('late', (error) => {
      console.log(error.code);
      process.exit(5);
    });
    worker.on('error', (error) => console.log('worker error', error.code));
  });
  worker.on('online', () => worker.process.kill('SIGTERM'));
} else {
  setInterval(() => {}, 1000);
}
