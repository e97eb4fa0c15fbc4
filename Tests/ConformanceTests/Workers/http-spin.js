// An HTTP server on a free port that says which worker it is. It never comes back to its event loop once it is told something.
const cluster = require('cluster');
const http = require('http');

process.on('message', () => {
  process.send('spinning', () => {
    for (;;);
  });
});
http.createServer((request, response) => response.end(`worker ${cluster.worker.id}`)).listen(0);
