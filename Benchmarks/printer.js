// Prints lines as fast as it can, or at a rate in bytes a second (BENCH_RATE). BENCH_LINE is a line's length with its end. As an
// app prints: a write for each line.
const fs = require('fs');
const line = Buffer.from('x'.repeat(Number(process.env.BENCH_LINE || 100) - 1) + '\n');
const rate = Number(process.env.BENCH_RATE || 0);
process.on('disconnect', () => process.exit());
if (rate === 0) {
  // Lets the channel be read now and then.
  const turn = () => { for (let i = 0; i < 5000; i++) fs.writeSync(1, line); setImmediate(turn); };
  turn();
} else {
  const many = Buffer.alloc(line.length * 100, line);
  const begun = process.hrtime.bigint();
  let sent = 0;
  setInterval(() => {
    const due = Number((process.hrtime.bigint() - begun) / 1000n) * rate / 1e6;
    for (; sent < due; sent += many.length) fs.writeSync(1, many);
  }, 5);
}
