// An HTTP server on a free port that does what messages tell it.
'use strict';
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');

const commands = {
  exit: (code) => process.exit(code),
  signal: (name) => process.kill(process.pid, name),
  disconnect: () => cluster.worker.disconnect(),
  kill: () => cluster.worker.kill(),
  throw: (message) => {
    throw new Error(message);
  },
  echo: (value) => process.send({ echo: value }),
  deep: (levels) => process.send(JSON.parse('['.repeat(levels) + ']'.repeat(levels))),
  flood: (bytes) => process.send('x'.repeat(bytes), () => console.log('flooded')),
  spin: () => {
    fs.writeSync(1, `spinning ${cluster.worker.id}\n`);
    for (;;);
  },
  garbage: (text) => fs.writeSync(process.channel.fd, text),
};

process.on('message', (message) => {
  for (const [name, argument] of Object.entries(message)) commands[name](argument);
});
http.createServer((request, response) => response.end(`worker ${cluster.worker.id}`)).listen(0);
