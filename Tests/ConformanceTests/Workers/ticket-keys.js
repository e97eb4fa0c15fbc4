// A TLS server that says which keys its session tickets are written with.
const tls = require('tls');

const server = tls.createServer({});
server.listen(0, () => process.send(server.getTicketKeys().toString('hex')));
