// Ends in the way that its argument or a message names.
const cluster = require('cluster');

const ways = {
  exit: (code) => process.exit(code),
  throw: () => {
    throw new Error('on purpose');
  },
  reject: () => Promise.reject(new Error('on purpose')),
  abort: () => process.abort(),
  signal: (name) => process.kill(process.pid, name),
  disconnect: () => cluster.worker.disconnect(),
  processDisconnect: () => process.disconnect(),
  kill: () => cluster.worker.kill(),
};

const end = ([way, value]) => ways[way](value);
process.on('message', end);
if (process.argv[2]) end(JSON.parse(process.argv[2]));
