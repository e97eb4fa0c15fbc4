// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct ServiceNotificationTests {
    @Test func `ready is one line of several`() {
        let notification = ServiceNotification("MAINPID=7\nREADY=1\nSTATUS=serving on 3\n".utf8)
        #expect(notification.isReady && notification.status == "serving on 3")
    }

    @Test(arguments: ["", "\n\n", "READY=0", "READY=11", "READY", " READY=1", "STOPPING=1", "XREADY=1"])
    func `nothing else is ready`(_ text: String) {
        let notification = ServiceNotification(text.utf8)
        #expect(!notification.isReady && notification.status == nil)
    }

    @Test func `bytes that are not text do no harm`() {
        #expect(ServiceNotification([0xff, 0x0a, 0x00] + Array("\nREADY=1".utf8)).isReady)
    }
}
