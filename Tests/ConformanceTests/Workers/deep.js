// Says something that nests deeper than JSON readers take, then something that does not.
let value = [];
for (let level = 0; level < 3000; level++) value = [value];
process.send(value);
process.send('after');
