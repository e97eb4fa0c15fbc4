// A release of an app: `good` serves, `mute` never listens, `crash` ends at once, `late` ends soon after it has listened.
const http = require('http');
const [release, port] = [process.argv[2], Number(process.argv[3] ?? 0)];
console.log(`instance ${process.env.CLUSTER_INSTANCE} runs ${release}`);
if (release === 'crash') throw new Error('no database');
if (release === 'mute') {
  setInterval(() => {}, 1000);
} else {
  http.createServer((_, response) => response.end(release)).listen(port, '127.0.0.1', () => {
    if (release === 'late') setTimeout(() => process.exit(4), 100);
  });
}
