// Node's own primary, which pipes what its workers print into files: logs of two workers, without a bound.
const cluster = require('cluster');
const fs = require('fs');
cluster.setupPrimary({ exec: __dirname + '/printer.js', silent: true });
for (let i = 0; i < Number(process.env.BENCH_WORKERS); i++) {
  const worker = cluster.fork();
  worker.process.stdout.pipe(fs.createWriteStream(`${process.env.BENCH_LOGS}/${i}.out`));
  worker.process.stderr.pipe(fs.createWriteStream(`${process.env.BENCH_LOGS}/${i}.err`));
}
process.on('SIGTERM', () => { for (const id in cluster.workers) cluster.workers[id].process.kill('SIGKILL'); process.exit(); });
