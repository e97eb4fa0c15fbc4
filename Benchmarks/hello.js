// A cluster app whose every answer is `hello world`; each worker writes how many it gave when it goes. With BENCH_ALONE it is
// one process of several that share the port by themselves.
'use strict';
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');

const alone = process.env.BENCH_ALONE !== undefined;

if (cluster.isPrimary && !alone) {
  for (let n = 0; n < Number(process.env.BENCH_WORKERS); n++) cluster.fork();
  process.on('SIGTERM', () => cluster.disconnect(() => process.exit(0)));
} else {
  let served = 0;
  http
    .createServer((request, response) => {
      served++;
      response.end('hello world');
    })
    .listen({ port: Number(process.env.BENCH_PORT), reusePort: alone });
  const write = () => fs.appendFileSync(process.env.BENCH_COUNTS, `${served}\n`);
  process.on('disconnect', write);
  if (alone) process.on('SIGTERM', () => { write(); process.exit(0); });
}
