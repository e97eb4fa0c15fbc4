// Workers that end themselves in different ways. The history tells them apart:
//
//   cluster-agent --workers 4 Examples/short-lives.js
//   cluster-cli events --type exit
'use strict';
const cluster = require('cluster');

if (cluster.isPrimary) {
  for (let n = 0; n < 4; n++) cluster.fork();
  cluster.on('exit', (worker, code, signal) => {
    const how = worker.exitedAfterDisconnect ? 'on purpose' : 'by accident';
    console.log(`worker ${worker.id} ended ${how} (${signal ?? code})`);
  });
} else {
  const ways = [
    () => cluster.worker.kill(),
    () => cluster.worker.disconnect(),
    () => process.exit(42),
    () => process.kill(process.pid, 'SIGKILL'),
  ];
  setTimeout(ways[(cluster.worker.id - 1) % ways.length], 500);
}
