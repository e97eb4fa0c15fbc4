// Says something that nests deeper than JSON readers take, something that does not, and half of a surrogate pair.
let value = [];
for (let level = 0; level < 3000; level++) value = [value];
process.send(value);
process.send('after');
process.send('\ud800');
