// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Node's primary gives the connections of one of its servers to a worker in Swift, and goes on to count them: how many
/// the worker still has is asked over the channel (Node `lib/internal/socket_list.js`).
@Suite("Connections of Node's primary, in a worker in Swift", .serialized, .timeLimit(.minutes(1)))
struct TrackedSocketTests {
    private struct Input: Encodable {
        let swift: String
        let serialization: Serialization
    }

    private struct Outcome: Decodable, Equatable {
        var held: [Int]
        var counts: [Int]
        var closedEarly: Bool
    }

    @Test("connections from Node's primary are counted while the worker has them", arguments: Serialization.allCases)
    func counted(_ serialization: Serialization) async throws {
        let program = NodeProgram(
            Self.prelude + """
                const counts = [await count()];
                const held = [];
                for (let number = 0; number < 2; number += 1) {
                  held.push(await give());
                  counts.push(await count());
                }
                held.push(await say('let go'));
                counts.push(await count());
                // It is closed when the worker says that it has no connection of it any more.
                let isClosed = false;
                const closed = new Promise((resolve) => server.close(() => { isClosed = true; resolve(); }));
                held.push(await say('what is new?'));
                const closedEarly = isClosed;
                worker.send('let go');
                await closed;
                return end({ held, counts, closedEarly });
                """)
        let outcome = try await program.run(
            Input(swift: SwiftWorkerProgram.path, serialization: serialization), as: Outcome.self)
        #expect(outcome == Outcome(held: [1, 2, 1, 1], counts: [0, 1, 2, 1], closedEarly: false))
    }

    @Test("a connection that the worker has released blocks nobody")
    func letGo() async throws {
        let program = NodeProgram(
            Self.prelude + """
                const held = [await give(), await say('let go')];
                await new Promise((resolve) => server.close(resolve));
                return end({ held, counts: [await count()], closedEarly: false });
                """)
        let outcome = try await program.run(
            Input(swift: SwiftWorkerProgram.path, serialization: .json), as: Outcome.self)
        #expect(outcome == Outcome(held: [1, 0], counts: [0], closedEarly: false))
    }

    @Test("connections from Node's primary go with the worker")
    func gone() async throws {
        let program = NodeProgram(
            Self.prelude + """
                const held = [await give()];
                const closed = new Promise((resolve) => server.close(resolve));
                worker.process.kill('SIGKILL');
                await closed;
                return end({ held, counts: [], closedEarly: false });
                """)
        let outcome = try await program.run(
            Input(swift: SwiftWorkerProgram.path, serialization: .json), as: Outcome.self)
        #expect(outcome == Outcome(held: [1], counts: [], closedEarly: false))
    }

    private static let prelude = """
        const cluster = require('cluster');
        const net = require('net');
        const { once } = require('events');
        process.execPath = input.swift;
        cluster.setupPrimary({
          exec: input.swift, args: ['hold'], execArgv: [], serialization: input.serialization });
        const worker = cluster.fork();
        await once(worker, 'online');
        const server = net.createServer();
        await once(server.listen(0, '127.0.0.1'), 'listening');
        const { port } = server.address();
        const clients = [];
        const say = async (message, socket) => {
          const answer = once(worker, 'message');
          worker.send(message, socket);
          return (await answer)[0];
        };
        const give = async () => {
          const connection = once(server, 'connection');
          clients.push(net.connect(port, '127.0.0.1').on('error', () => {}));
          return say('yours', (await connection)[0]);
        };
        const count = () => new Promise((resolve, reject) => server.getConnections(
          (error, number) => (error ? reject(error) : resolve(number))));
        const end = async (outcome) => {
          for (const client of clients) client.destroy();
          if (!worker.isDead()) {
            worker.disconnect();
            await once(worker, 'exit');
          }
          return outcome;
        };

        """
}
