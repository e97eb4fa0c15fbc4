// A primary half that harms itself once its workers serve: the first argument says how.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    if (++listening < 2) return;
    console.log(`port ${port}`);
    setTimeout(harm, 100);
  });
  cluster.fork();
  cluster.fork();
} else {
  require('node:http').createServer((request, response) => {
    process.send('x'.repeat(1000));
    response.setHeader('connection', 'close');
    response.end('served');
  }).listen(0, '127.0.0.1');
}

function harm() {
  switch (process.argv[2]) {
    case 'loop': for (;;);
    case 'stop': return process.kill(process.pid, 'SIGSTOP');
    case 'kill': return process.kill(process.pid, 'SIGKILL');
    case 'memory': {
      const all = [];
      for (;;) all.push(new Array(1e5).fill(all.length));
    }
    case 'flood': {
      const [worker] = Object.values(cluster.workers);
      process.kill(worker.process.pid, 'SIGSTOP');
      const text = 'x'.repeat(1 << 20);
      let count = 0;
      const flood = () => {
        for (let i = 0; i < 4; i++) worker.send(text);
        if (++count < 25) setImmediate(flood); else console.log('flooded');
      };
      return flood();
    }
  }
}
