// Listens on 300 ports. When told, it closes all but the last, and says so.
const net = require('net');

const servers = [];
for (let i = 0; i < 300; i++) servers.push(net.createServer().listen(0));
process.on('message', () => {
  for (const server of servers.slice(0, -1)) server.close();
  process.send('closed');
});
