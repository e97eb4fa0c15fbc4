// Says which instance it is, and how much of the request has come.
const http = require('http');

http
  .createServer((request, response) => {
    let bytes = 0;
    request.on('data', (data) => (bytes += data.length));
    request.on('end', () =>
      response.end(`instance ${process.env.CLUSTER_INSTANCE}, session ${request.headers['x-session']}, ${bytes} bytes`));
  })
  .listen(0);
