// Prints what it is told by messages: {"out": text}, {"err": text}, {"exit": code}, {"child": text}. The last one starts a process
// of its own session that prints the text once this one has ended.
const { spawn } = require('node:child_process')

process.on('message', ({ out, err, exit, child }) => {
  if (out) process.stdout.write(out)
  if (err) process.stderr.write(err)
  if (child) {
    const script = `while kill -0 ${process.pid} 2>/dev/null; do sleep 0.05; done; echo "${child}"`
    spawn('setsid', ['sh', '-c', script], { stdio: ['ignore', 'inherit', 'inherit'] })
  }
  if (exit !== undefined) process.exit(exit)
})
console.log('ready')
