// Tries to listen on each descriptor below its first argument, one after the other, and says what came of it.
'use strict';
const net = require('net');

function tryNext(fd) {
  if (fd === Number(process.argv[2])) return console.log('done');
  const next = (result) => {
    console.log(`${fd} ${result}`);
    tryNext(fd + 1);
  };
  net
    .createServer((socket) => socket.end(`${process.pid}`))
    .on('error', ({ code }) => next(code))
    .listen({ fd }, () => next('listening'));
}

tryNext(0);
