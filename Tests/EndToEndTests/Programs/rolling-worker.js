require('node:http').createServer((request, response) => response.end()).listen(0, () => process.send(+process.env.ROUND));
