// A fork that fails leaves nothing behind: the next worker gets its own channel and pipes.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true, cwd: '/no/such/directory' });
  const lost = cluster.fork();
  lost.on('error', () => {
    console.log('lost');
    cluster.setupPrimary({ cwd: process.cwd() });
    const worker = cluster.fork();
    let output = '';
    worker.process.stdout.on('data', (text) => { output += text; });
    worker.on('message', (message) => {
      console.log(message);
      worker.send('end');
    });
    worker.process.on('close', (code) => console.log(code, output.trim()));
  });
} else {
  process.on('message', () => process.disconnect());
  console.log('printed');
  process.send('sent');
}
