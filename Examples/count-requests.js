// Workers tell the primary of each request by a message, and answer its questions.
//
//   cluster-agent --primary Examples/count-requests.js     the primary half counts, as under node
//   cluster-agent Examples/count-requests.js               only the worker half runs:
//   cluster-cli events --follow --messages     shows {"cmd":"request"} for each request
//   cluster-cli send 1 '"report"'              the worker answers with its own count
'use strict';
const cluster = require('cluster');
const http = require('http');

if (cluster.isPrimary) {
  let requests = 0;
  for (let n = 0; n < 2; n++) cluster.fork();
  cluster.on('message', (worker, message) => {
    if (message.cmd === 'request') requests++;
  });
  setInterval(() => console.log(`${requests} requests`), 1000);
} else {
  let requests = 0;
  process.on('message', (message) => {
    if (message === 'report') process.send({ cmd: 'report', requests });
  });
  http
    .createServer((request, response) => {
      requests++;
      process.send({ cmd: 'request' });
      response.end('counted\n');
    })
    .listen(8000);
}
