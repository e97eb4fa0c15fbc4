// A cluster app whose every answer is `hello world`; each worker writes how many it gave when it goes.
'use strict';
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');

if (cluster.isPrimary) {
  for (let n = 0; n < Number(process.env.BENCH_WORKERS); n++) cluster.fork();
  process.on('SIGTERM', () => cluster.disconnect(() => process.exit(0)));
} else {
  let served = 0;
  http
    .createServer((request, response) => {
      served++;
      response.end('hello world');
    })
    .listen(Number(process.env.BENCH_PORT));
  process.on('disconnect', () => fs.appendFileSync(process.env.BENCH_COUNTS, `${served}\n`));
}
