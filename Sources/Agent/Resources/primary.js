// SPDX-License-Identifier: Apache-2.0

// Runs before a program's primary half (`node --require`). Node's own node:cluster stays in charge of everything that the
// program sees: settings, events, errors. Only the system call below it changes: cluster.fork() asks the agent for the
// process instead of starting it. docs/whole-programs.md tells the protocol.

'use strict';

const link = process.env.CLUSTER_PRIMARY_SCRIPT;
// Neither this program nor those that it starts see any of this.
delete process.env.CLUSTER_PRIMARY_SCRIPT;
if (process.execArgv.at(-1) === __filename) process.execArgv.splice(-2);

// A thread of the program inherits --require, but not the variable.
if (link !== undefined) start(JSON.parse(link));

function start({ socket, calls, events, policy }) {
  // Taken now: a program may replace these, and workers must not depend on that.
  const { writeSync, readSync } = require('node:fs');
  const { resolve } = require('node:path');
  const net = require('node:net');
  const { ChildProcess } = require('node:child_process');
  const cluster = require('node:cluster');
  const { constants: { errno } } = require('node:os');
  const { exit, cwd, geteuid, getuid, getgid } = process;
  const ownUser = geteuid();

  // Workers by the number that the agent gives them.
  const processes = new Map();

  // MARK: The two links to the agent

  const answer = Buffer.alloc(1 << 16);

  function post(message) {
    const bytes = Buffer.from(JSON.stringify(message) + '\n');
    try {
      for (let sent = 0; sent < bytes.length;) sent += writeSync(calls, bytes, sent);
    } catch {
      abandoned();
    }
  }

  // The program waits for the answer, as it waits for the kernel in fork(2).
  function call(message) {
    post(message);
    const parts = [];
    for (;;) {
      let count = 0;
      try {
        count = readSync(calls, answer);
      } catch {
        // The agent is gone.
      }
      if (count === 0) abandoned();
      parts.push(Buffer.from(answer.subarray(0, count)));
      if (answer[count - 1] === 10) return JSON.parse(Buffer.concat(parts).toString());
    }
  }

  // Without the agent the workers have lost their primary, and so has the program.
  function abandoned() {
    exit(1);
  }

  const link = new net.Socket({ fd: events, readable: true, writable: false });
  link.setEncoding('utf8');
  link.unref();
  let unread = '';
  link.on('data', (text) => {
    const lines = (unread + text).split('\n');
    unread = lines.pop();
    for (const line of lines) heard(JSON.parse(line));
  });
  link.on('error', abandoned);
  link.on('end', abandoned);

  function heard(event) {
    if (event.exit !== undefined) processes.get(event.exit)?.ended(event);
    if (event.adopt !== undefined && !processes.has(event.adopt)) adopt(event.adopt, event.serialization);
  }

  // Makes room for a worker that somebody else has forked.
  function adopt(worker, serialization) {
    try {
      fork(undefined, worker, serialization);
    } catch {
      // It is gone already.
    }
  }

  // As a child process does, a living worker keeps the program from ending.
  let holders = 0;
  function hold(change) {
    holders += change;
    if (holders === 0) link.unref(); else link.ref();
  }

  // MARK: Sockets to the agent, which become a worker's channel and its pipes

  let ConnectRequest;
  {
    // The class has no public name.
    const probe = { connect(request) { ConnectRequest = request.constructor; return 0; }, close() {} };
    const stranger = new net.Socket();
    stranger._handle = probe;
    stranger.connect({ path: socket });
    stranger._handle = null;
    stranger.destroy();
  }

  function connect(pipe) {
    const request = new ConnectRequest();
    request.oncomplete = () => {};
    // The kernel has connected it when this returns. If it could not, the agent misses it and refuses the call.
    return pipe.connect(request, socket);
  }

  // MARK: A worker's process, in place of Node's handle for one

  class WorkerProcess {
    constructor(handle, order) {
      this.onexit = handle.onexit;
      this.order = order;
      order.process = this;
    }

    // Node 24 gives one argument for each, older ones an object.
    spawn(options, args, cwd, envPairs, stdio, flags, uid, gid) {
      return this.start(typeof options === 'string' ? { file: options, args, cwd, envPairs, stdio, uid, gid } : options);
    }

    start(options) {
      const variables = Object.fromEntries(
        options.envPairs.map((pair) => [pair.slice(0, pair.indexOf('=', 1)), pair.slice(pair.indexOf('=', 1) + 1)]));
      const { order } = this;
      order.id = Number(variables.NODE_UNIQUE_ID);
      // A worker that somebody else has forked may have this number in the program.
      order.displaced = cluster.workers[order.id];
      let failure = 0;
      const stdio = options.stdio.map((entry) => {
        if (entry.ipc || entry.type === 'pipe') {
          failure ||= connect(entry.handle);
          return entry.ipc ? 'ipc' : 'pipe';
        }
        if (entry.type === 'ignore') return 'ignore';
        return entry.fd ?? entry.handle?.fd ?? 'ignore';
      });
      if (failure) return failure;
      const reply = order.adopts === undefined
        ? call({
          call: 'fork', file: options.file, arguments: options.args, environment: variables, stdio,
          cwd: directory(options.cwd), uid: options.uid ?? changed(getuid), gid: options.gid ?? changed(getgid),
          settings: settings(),
        })
        : call({ call: 'adopt', worker: order.adopts, stdio });
      if (reply.errno) return -reply.errno;
      this.worker = reply.worker;
      order.nodeId = reply.nodeId;
      this.pid = reply.pid;
      processes.set(this.worker, this);
      this.isAlive = true;
      this.isHeld = true;
      hold(1);
      return 0;
    }

    kill(signal) {
      if (!this.isAlive) return -errno.ESRCH;
      return -(call({ call: 'kill', worker: this.worker, signal }).errno ?? 0);
    }

    ref() { this.setHeld(true); }
    unref() { this.setHeld(false); }
    hasRef() { return this.isHeld === true; }
    close() {}

    setHeld(isHeld) {
      if (!this.isAlive || this.isHeld === isHeld) return;
      this.isHeld = isHeld;
      hold(isHeld ? 1 : -1);
    }

    ended({ code, signal }) {
      // What the worker has sent comes first, and then the end of its channel.
      if (this.child.connected) {
        this.child.once('disconnect', () => this.ended({ code, signal }));
        return;
      }
      this.setHeld(false);
      this.isAlive = false;
      processes.delete(this.worker);
      this.onexit(code ?? 0, signal ?? '');
    }
  }

  function directory(path) {
    try {
      return resolve(path === undefined ? cwd() : String(path));
    } catch {
      return undefined;
    }
  }

  // A program that has given up its privileges has none to give to workers.
  function changed(number) {
    return geteuid() === ownUser ? undefined : number();
  }

  let taken;
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function(options) {
    if (taken !== undefined) {
      // A worker that somebody else has forked speaks as the agent's settings say.
      if (taken.serialization !== undefined) options = { ...options, serialization: taken.serialization };
      this._handle = new WorkerProcess(this._handle, taken);
      this._handle.child = this;
      taken = undefined;
    }
    return Reflect.apply(spawn, this, [options]);
  };

  // MARK: cluster

  const original = { fork: cluster.fork, setupPrimary: cluster.setupPrimary };

  function fork(env, adopts, serialization) {
    const order = { adopts, serialization };
    taken = order;
    try {
      const worker = Reflect.apply(original.fork, cluster, [env]);
      // The worker has its number from the agent, because others fork too.
      if (order.nodeId !== order.id) {
        if (order.displaced !== undefined) cluster.workers[order.id] = order.displaced;
        else if (order.nodeId !== undefined) delete cluster.workers[order.id];
        if (order.nodeId !== undefined) {
          worker.id = order.nodeId;
          cluster.workers[worker.id] = worker;
        }
      }
      return worker;
    } finally {
      taken = undefined;
    }
  }

  cluster.fork = function(env) {
    return fork(env);
  };

  let told = '';
  cluster.setupMaster = cluster.setupPrimary = function(options) {
    const result = Reflect.apply(original.setupPrimary, cluster, [options]);
    const text = JSON.stringify(settings());
    // A fork calls this too.
    if (text !== told) call({ call: 'setup', settings: settings() });
    told = text;
    return result;
  };

  cluster.schedulingPolicy = policy;

  // What the agent shows, and uses if somebody else forks. Node checks the program's values itself, so here any will do.
  function settings() {
    const { exec, args, execArgv, silent, serialization, cwd } = cluster.settings;
    return {
      exec: typeof exec === 'string' ? directory(exec) : undefined, args: words(args), execArgv: words(execArgv),
      silent: Boolean(silent), serialization: serialization === 'advanced' ? 'advanced' : 'json',
      cwd: directory(cwd), policy: Number(cluster.schedulingPolicy) || policy,
    };
  }

  function words(list) {
    return Array.isArray(list) ? list.map(String) : [];
  }

  require('node:module').syncBuiltinESMExports();
}
