// SPDX-License-Identifier: Apache-2.0

// Reads what is typed at the terminal that it has from the agent.
process.stdin.on('data', (text) => console.log('worker read', String(text).trim()));
console.log('reading');
process.on('disconnect', () => process.exit());
