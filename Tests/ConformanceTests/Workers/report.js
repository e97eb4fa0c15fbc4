// Says how it was started.
process.send({
  argv: process.argv.slice(2),
  execArgv: process.execArgv,
  cwd: process.cwd(),
  uid: process.getuid(),
  gid: process.getgid(),
  groups: process.getgroups(),
  debugPort: process.debugPort,
  channel: process.env.NODE_CHANNEL_FD ?? null,
  uniqueID: process.env.NODE_UNIQUE_ID ?? null,
  env: process.env,
  id: require('cluster').worker.id,
});
