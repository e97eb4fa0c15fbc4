// SPDX-License-Identifier: Apache-2.0

/// Closes the primary once, however many ask.
actor PrimaryCloser {
    private let primary: any ClusterPrimary
    private var closing: Task<Void, Never>?

    init(_ primary: any ClusterPrimary) {
        self.primary = primary
    }

    func close() async {
        let task = closing ?? Task { [primary] in await primary.close() }
        closing = task
        await task.value
    }
}
