// What a worker's environment and arguments are.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  process.env.DELETED = 'no';
  process.env.CHANGED = 'before';
  delete process.env.DELETED;
  delete process.env.HOME;
  process.env.CHANGED = 'after';
  cluster.setupPrimary({ args: ['one', 'two words'], execArgv: ['--no-warnings'] });
  const worker = cluster.fork({ GIVEN: 'yes', CHANGED: 'by fork', NUMBER: 3 });
  worker.on('message', (message) => {
    console.log(JSON.stringify(message));
    console.log(process.send, process.connected, process.execArgv, process.argv.length, cluster.schedulingPolicy);
    console.log(Object.keys(process.env).filter((name) => /^NODE_(CHANNEL|UNIQUE)|^CLUSTER_PRIMARY/.test(name)));
    worker.disconnect();
  });
} else {
  const { DELETED, HOME, GIVEN, CHANGED, NUMBER, NODE_UNIQUE_ID } = process.env;
  process.send({
    DELETED, HOME, GIVEN, CHANGED, NUMBER, NODE_UNIQUE_ID, id: cluster.worker.id,
    args: process.argv.slice(2), execArgv: process.execArgv,
  });
}
