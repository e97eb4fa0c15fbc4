// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Shared

/// `cluster-cli top`
struct Top: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "What each worker does right now, again and again.",
        discussion: """
            EXAMPLES:
              cluster-cli top                            until q
              cluster-cli --all-hosts top --sort cpu     the busiest worker first
              cluster-cli top --count 1                  once
              cluster-cli top --interval 10s >> load.txt  a line per worker each time

            CONN/S counts connections that the agent has handed over; a worker with a socket of its own (reuseport) \
            accepts by itself, and WAITING shows what it has not accepted yet. DELAY is how long the worker's event \
            loop took to answer the last heartbeat. The first figures are averages since the worker's fork.

            KEYS: i, c, d, p, m sort by instance, connections, delay, CPU, memory; q quits.
            """)

    @Option(
        help: ArgumentHelp("instance, connections, delay, cpu or memory.", valueName: "column"),
        completion: .list(TopOrder.allCases.map(\.rawValue)), transform: Self.order)
    var sort = TopOrder.instance

    @Option(
        help: ArgumentHelp("The time from one look to the next.", valueName: "time"),
        transform: DurationArgument.parse)
    var interval = DurationArgument(.seconds(1))

    @Option(help: ArgumentHelp("End after so many looks.", valueName: "n"))
    var count: WholeNumber?

    @OptionGroup var global: GlobalOptions

    private static func order(_ text: String) throws -> TopOrder {
        guard let order = TopOrder(rawValue: text) else {
            throw ValidationError("it must be one of \(TopOrder.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return order
    }

    func validate() throws {
        guard count.map({ $0.value >= 1 }) ?? true else { throw ValidationError("--count is a number from 1") }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let screen = count == nil && session.options.output == .table ? Screen() : nil
        defer { screen?.close() }
        let printer = TopPrinter(session: session, screen: screen)
        var order = sort
        var looks = 0
        while true {
            let status = try await printer.look(sortedBy: order)
            looks += 1
            // Nobody waits for hosts that were never there.
            if looks == 1, status != .done, status != .mixed { return status }
            if looks == count?.value { return status }
            guard let screen else {
                poll(nil, 0, Int32(clamping: interval.duration.wholeMilliseconds))
                continue
            }
            let next = ContinuousClock.now + interval.duration
            // A key that is held down does not put off the next look.
            while let key = screen.key(within: max(.zero, next - .now)) {
                if key == UInt8(ascii: "q") { return .done }
                if key == Screen.interrupt { return .interrupted }
                if let chosen = TopOrder.allCases.first(where: { $0.key == key }) {
                    order = chosen
                    try printer.draw(sortedBy: order)
                }
            }
        }
    }
}
