// The primary serves too, has other children, and a port is free again when its last worker is gone.
const cluster = require('node:cluster');
const http = require('node:http');
const { execFileSync, fork } = require('node:child_process');

if (process.env.CHILD) {
  process.send(`child: ${cluster.isPrimary}`, () => process.disconnect());
} else if (cluster.isPrimary) {
  console.log(String(execFileSync('echo', ['a child'])).trim());
  const admin = http.createServer((request, response) => response.end('admin')).listen(0, '127.0.0.1', async () => {
    console.log(await (await fetch(`http://127.0.0.1:${admin.address().port}/`)).text());
    admin.close();
    admin.closeAllConnections();
    runChild();
  });
} else {
  http.createServer().listen(0, '127.0.0.1');
}

function runChild() {
  fork(__filename, ['child'], { env: { ...process.env, CHILD: '1' } }).on('message', (message) => console.log(message))
    .on('exit', () => {
      const worker = cluster.fork();
      worker.on('listening', ({ port }) => {
        worker.on('exit', () => {
          const server = http.createServer().listen(port, '127.0.0.1', () => {
            console.log('free again');
            server.close();
          });
        });
        worker.disconnect();
      });
    });
}
