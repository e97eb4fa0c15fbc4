// An HTTP server on a free port that says which worker it is.
const cluster = require('cluster');
const http = require('http');

http
  .createServer((request, response) => {
    if (request.url === '/crash') process.abort();
    response.end(`worker ${cluster.worker.id}`);
  })
  .listen(0);
