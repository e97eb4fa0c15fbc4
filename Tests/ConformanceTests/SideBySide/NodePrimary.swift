// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport

/// Goes through a script under Node's own primary.
enum NodePrimary {
    struct Input: Encodable {
        let settings: ClusterSettings
        let steps: [[String]]
    }

    /// What happened, a line an event.
    static func run(_ script: PrimaryScript) async throws -> [String] {
        try await program.run(Input(settings: script.settings, steps: script.steps.map(\.words)))
    }

    // `-e` and its program are this primary's execArgv, which workers would inherit.
    private static let program = NodeProgram(
        """
        const cluster = require('cluster');
        const log = [];
        const workers = {};
        let wake = () => {};
        const note = (line) => { log.push(line); wake(); };
        cluster.on('setup', () => note('setup'));
        cluster.on('fork', (w) => note(`fork ${w.id} ${w.state} ${w.isConnected()} ${w.isDead()}`));
        cluster.on('online', (w) => note(`online ${w.id} ${w.state} ${w.isConnected()} ${w.isDead()}`));
        cluster.on('listening', (w, a) => note(
          `listening ${w.id} ${w.state} ${a.addressType} ${a.address} ${a.port > 0 ? 'port' : a.port} ${a.fd}`));
        cluster.on('message', (w, m) => note(`message ${w.id} ${JSON.stringify(m)}`));
        cluster.on('disconnect', (w) => note(`disconnect ${w.id} ${w.isConnected()} ${w.exitedAfterDisconnect}`));
        cluster.on('exit', (w, code, signal) => note(
          `exit ${w.id} ${code} ${signal} ${w.isDead()} ${w.exitedAfterDisconnect}`));
        const { exec, execPath, args, execArgv, serialization, stdio } = input.settings;
        // What node:cluster runs its workers with.
        if (execPath) process.execPath = execPath;
        cluster.setupPrimary({ exec, args, execArgv, serialization, stdio });
        for (const [verb, id, value] of input.steps) {
          const worker = workers[id];
          switch (verb) {
            case 'fork': {
              const forked = cluster.fork();
              workers[forked.id] = forked;
              break;
            }
            case 'wait':
              while (!log.some((line) => line.startsWith(`${value} ${id} `))) {
                await new Promise((resolve) => { wake = resolve; });
              }
              break;
            case 'send': worker.send(JSON.parse(value)); break;
            case 'disconnect': worker.disconnect(); break;
            case 'abrupt': worker.process.disconnect(); break;
            case 'kill': worker.process.kill(value); break;
            case 'disconnectAll': cluster.disconnect(); break;
          }
        }
        return log;
        """)
}
