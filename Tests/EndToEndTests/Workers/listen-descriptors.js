// Tries to listen on each descriptor below its first argument, one after the other, and says what came of it.
'use strict';
const http = require('http');

function tryNext(fd) {
  if (fd === Number(process.argv[2])) return console.log('done');
  const next = (result) => {
    console.log(`${fd} ${result}`);
    tryNext(fd + 1);
  };
  http
    .createServer((request, response) => response.end(`${process.pid}`))
    .on('error', ({ code }) => next(code))
    .listen({ fd }, () => next('listening'));
}

tryNext(0);
