// Listens on the port of its first argument.
'use strict';
require('net')
  .createServer()
  .on('error', (error) => {
    console.log(`error ${error.code}`);
    process.exit(3);
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
