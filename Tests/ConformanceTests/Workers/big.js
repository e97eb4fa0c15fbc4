// Sends a text of as many bytes as its argument says, and says how long the texts are that it gets.
process.on('message', (message) => process.send(message.length));
process.send('x'.repeat(Number(process.argv[2])));
