// Serves until it is told something; then it never comes back to its event loop.
const http = require('http');

process.on('message', () => {
  for (;;);
});
http.createServer((request, response) => response.end()).listen(0);
