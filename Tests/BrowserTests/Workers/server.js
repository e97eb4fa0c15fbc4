// A worker that prints what it is told by messages, {"out": text} and {"err": text}, and ends with {"exit": code}.
const http = require('node:http');
process.on('message', ({ out, err, exit }) => {
  if (out) process.stdout.write(out);
  if (err) process.stderr.write(err);
  if (exit !== undefined) process.exit(exit);
});
http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log('it listens'));
