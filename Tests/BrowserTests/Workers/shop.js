// A shop whose third instance cannot reach its database.
const http = require('node:http');
console.log('shop 2.4.1 starts');
if (process.env.CLUSTER_INSTANCE === '2') {
  setTimeout(() => {
    throw new Error('connect ECONNREFUSED 10.0.0.5:5432 (orders database)');
  }, 200);
} else {
  http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => console.log('ready for orders'));
  let order = 4200;
  setInterval(() => console.log(`order ${(order += 1)} from basket ${order % 97}: ${3 + (order % 9)} ms`), 900);
}
