// Writes its argument (base64) to the channel as it is, past Node.
require('fs').writeSync(Number(process.argv[2]), Buffer.from(process.argv[3], 'base64'));
setInterval(() => {}, 1e6);
