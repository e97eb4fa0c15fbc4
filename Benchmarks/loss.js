// Answers each request; writes a byte to a file of its own for each connection it takes and for each answer it gave.
'use strict';
const fs = require('fs');
const http = require('http');

const account = (name) => fs.openSync(`${process.env.BENCH_COUNTS}/${process.pid}.${name}`, 'a');
const [taken, answered] = [account('taken'), account('answered')];
http
  .createServer((request, response) => {
    response.on('close', () => fs.writeSync(answered, '.'));
    response.end('hello world');
  })
  .on('connection', () => fs.writeSync(taken, '.'))
  .listen(Number(process.env.BENCH_PORT));
