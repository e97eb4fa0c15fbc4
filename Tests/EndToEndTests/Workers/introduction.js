// Says what it was started with.
'use strict';
console.log(JSON.stringify({ arguments: process.argv.slice(2), variables: Object.keys(process.env) }));
process.on('message', () => {});
