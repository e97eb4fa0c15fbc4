// Sends a socket, a server and a datagram socket with messages, as often as its argument says.
const dgram = require('dgram');
const net = require('net');

let left = Number(process.argv[2]);
const server = net.createServer((accepted) => {
  process.send('a socket', accepted, next);
});
const next = (error) => {
  if (error) throw error;
  if (left-- > 0) net.connect(server.address().port).on('error', () => {});
  else process.send('a server', server, sendDatagramSocket);
};
const sendDatagramSocket = () => {
  const socket = dgram.createSocket('udp4');
  socket.bind({ port: 0, exclusive: true }, () => {
    process.send('a datagram socket', socket, () => process.send('all sent'));
  });
};
server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, next);
