// A silent worker's output is the primary's to read.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true });
  const worker = cluster.fork();
  let output = '';
  worker.process.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
  worker.process.stderr.setEncoding('utf8').on('data', (text) => { output += `error: ${text}`; });
  worker.process.stdin.end('to the worker');
  worker.process.on('close', (code) => console.log(code, output.split('\n').sort()));
} else {
  process.stdin.setEncoding('utf8').on('data', (text) => {
    console.log(`read ${text}`);
    process.stdout.write('x'.repeat(100000).length + '\n');
    process.exitCode = 4;
    process.disconnect();
  });
}
