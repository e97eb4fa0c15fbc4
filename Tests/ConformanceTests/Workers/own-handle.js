// Listens on a handle that it has bound itself.
const net = require('net');
const { TCP, constants } = process.binding('tcp_wrap');

const handle = new TCP(constants.SERVER);
handle.bind('127.0.0.1', 0);
const server = net.createServer((socket) => socket.end('own'));
server.listen(handle, () => process.send({ address: server.address() }));
