// Would never end by a disconnect: it has a timer.
setInterval(() => {}, 1000);
