// Counts what reaches the program, and tells it to each client.
const http = require('http');

let connections = 0;
let messages = 0;
process.on('message', () => messages++);
http
  .createServer((request, response) => response.end(`connections ${connections}, messages ${messages}`))
  .on('connection', () => connections++)
  .listen(0);
