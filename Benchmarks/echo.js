// Workers keep 200 messages of 100 bytes on their way and say each second how many came back. Run by Node itself it is
// also the primary that sends them back.
'use strict';
const cluster = require('cluster');

if (cluster.isPrimary) {
  cluster.on('message', (worker, message) => worker.send(message));
  for (let n = 0; n < Number(process.env.BENCH_WORKERS); n++) cluster.fork();
} else {
  const text = 'x'.repeat(100 - '""\n'.length);
  let returned = 0;
  process.on('message', () => {
    returned++;
    process.send(text);
  });
  setInterval(() => process.stdout.write(`${returned}\n`), 1000);
  for (let n = 0; n < 200; n++) process.send(text);
}
