// Does not read its channel until told by SIGUSR2, then says how many messages it has got.
let count = 0;
process.on('message', (message) => {
  if (message === 'end') process.send(count);
  else count++;
});
process.channel.readStop();
process.on('SIGUSR2', () => process.channel.readStart());
process.send('deaf');
