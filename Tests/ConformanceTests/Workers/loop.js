// Never comes back to its event loop.
process.on('SIGTERM', () => {});
process.send('looping', () => {
  for (;;);
});
