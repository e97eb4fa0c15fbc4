// Binds a datagram socket for each of its arguments ([type and options, bind options]) and answers with its id.
const cluster = require('cluster');
const dgram = require('dgram');

for (const argument of process.argv.slice(2)) {
  const [type, options] = JSON.parse(argument);
  const socket = dgram.createSocket(type);
  socket.on('error', ({ code, syscall }) => process.send({ code, syscall }));
  socket.on('message', (message, from) => {
    if (`${message}` === 'close') socket.close(() => process.send('closed'));
    else socket.send(`${cluster.worker.id} ${message}`, from.port, from.address);
  });
  socket.bind(options, () => process.send({ address: socket.address() }));
}
