// Calls server.listen with the arguments that its own arguments name (JSON) and a callback, and says what came of it.
const net = require('net');

for (const argument of process.argv.slice(2)) {
  const server = net.createServer();
  server.listen(...JSON.parse(argument), () => process.send({ listening: server.listening }));
}
