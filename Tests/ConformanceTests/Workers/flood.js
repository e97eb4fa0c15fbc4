// Sends as many messages as its argument says, then one that says "done".
let left = Number(process.argv[2]);
const next = () => {
  for (let count = 0; count < 1000 && left > 0; count++) process.send(left--);
  if (left > 0) setImmediate(next);
  else process.send('done');
};
next();
