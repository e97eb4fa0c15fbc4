// Writes as many bytes to its output as its argument says, and a line to each of its first three descriptors.
const fs = require('fs');

process.stdout.write('o'.repeat(Number(process.argv[2])), () => {
  fs.writeSync(2, 'to error\n');
  process.send('written');
});
