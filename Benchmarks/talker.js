// Sends messages at a rate, as BENCH_RATE says: so many a second from this worker, in turns of 10 ms.
const rate = Number(process.env.BENCH_RATE);
const begun = process.hrtime.bigint();
let sent = 0;
const turn = setInterval(() => {
  const due = Number((process.hrtime.bigint() - begun) / 1000000n) * rate / 1000;
  for (; process.connected && sent < due; sent++) process.send({ number: sent, text: 'some words that a worker says' });
}, 10);
process.on('disconnect', () => clearInterval(turn));
