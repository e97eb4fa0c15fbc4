// An HTTP server on port 8000, shared by all workers.
//
//   node Examples/server.js              with Node's own primary
//   cluster-agent Examples/server.js     with the agent; only the worker half runs
//   cluster-agent --primary Examples/server.js     with the agent; both halves run
'use strict';
const cluster = require('cluster');
const http = require('http');
const { availableParallelism } = require('os');

if (cluster.isPrimary) {
  console.log(`primary ${process.pid} runs`);
  for (let n = 0; n < availableParallelism(); n++) cluster.fork();
  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.id} ended (${signal ?? code})`);
  });
} else {
  http
    .createServer((request, response) => {
      response.end(`hello from worker ${cluster.worker.id}\n`);
    })
    .listen(8000, () => console.log(`worker ${cluster.worker.id} listens on port 8000`));
}
