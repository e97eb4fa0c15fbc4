// Comes online, perhaps says so, and ends in one way or another.
'use strict';
const ways = [
  () => process.exit(0),
  () => process.exit(3),
  () => process.kill(process.pid, 'SIGTERM'),
  () => require('cluster').worker.disconnect(),
];
process.on('disconnect', () => process.exit(0));
setTimeout(ways[process.pid % ways.length], process.pid % 40);
