// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// A thread that nobody joins.
enum DetachedThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// - Parameters:
    ///   - name: at most 15 bytes (pthread_setname_np(3)).
    ///   - stackSize: in bytes. Otherwise RLIMIT_STACK would decide, which is the starter's and may be small.
    ///   - body: its captures are released with the thread.
    static func start(
        _ name: String, stackSize: Int, _ body: @escaping @Sendable () -> Void
    ) throws(IOError) {
        var attributes = pthread_attr_t()
        try check(pthread_attr_init(&attributes), "pthread_attr_init")
        defer { pthread_attr_destroy(&attributes) }
        try check(pthread_attr_setstacksize(&attributes, stackSize), "pthread_attr_setstacksize")
        let context = Unmanaged.passRetained(
            Body {
                clinux_name_thread(name)
                body()
            })
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { context in
                // Balanced here: the body lives as long as the thread.
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if code != 0 { context.release() }
        try check(code, "pthread_create")
        pthread_detach(thread)
    }

    private static func check(_ code: Int32, _ call: StaticString) throws(IOError) {
        guard code == 0 else { throw IOError(call, .init(rawValue: code)) }
    }
}
