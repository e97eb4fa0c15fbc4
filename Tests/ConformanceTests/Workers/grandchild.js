// Starts a process that keeps the channel open, says its number and exits.
const { spawn } = require('child_process');

const child = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', 3], detached: true });
process.send(child.pid, () => process.exit(7));
