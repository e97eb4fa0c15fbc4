// Does not end by a disconnect, because of its timer, but in good order by SIGTERM.
'use strict';
setInterval(() => {}, 1 << 30);
process.on('SIGTERM', () => {
  console.log('saved');
  process.exit(0);
});
console.log('working');
