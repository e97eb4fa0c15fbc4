// Sends back each message.
process.on('message', (message) => process.send(message));
