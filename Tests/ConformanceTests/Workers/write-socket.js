// Says goodbye over each socket that it is sent.
process.on('message', (message, socket) => socket.end(`${message} from node`));
