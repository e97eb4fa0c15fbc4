// Counts its messages and says how many there were when told "end".
let count = 0;
process.on('message', (message) => {
  if (message === 'end') process.send(count);
  else count++;
});
