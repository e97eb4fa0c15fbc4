// A worker that waits until it is told to go.
process.on('message', () => {});
