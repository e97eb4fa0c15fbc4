// Stays when it is asked to go: by SIGTERM, or by a disconnect.
'use strict';
process.on('SIGTERM', () => {});
setInterval(() => {}, 1 << 30);
console.log('stubborn');
