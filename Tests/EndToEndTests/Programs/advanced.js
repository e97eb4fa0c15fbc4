// Values that JSON does not have.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  worker.send({ big: 12345678901234567890n, map: new Map([['a', new Set([1])]]), bytes: Buffer.from('ab'), date: new Date(0) });
  worker.on('message', (message) => {
    console.log(message);
    worker.disconnect();
  });
} else {
  process.on('message', (message) => process.send({ ...message, error: new RangeError('far').message, none: undefined }));
}
