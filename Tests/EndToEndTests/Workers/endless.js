// Connections that never end.
'use strict';
const net = require('net');
net
  .createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    console.log('connected');
  })
  .listen(0, function () {
    console.log(`port ${this.address().port}`);
  });
