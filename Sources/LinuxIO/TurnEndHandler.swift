// SPDX-License-Identifier: Apache-2.0

/// Something that has work to do at the end of a turn of the ``EventLoop``.
protocol TurnEndHandler: AnyObject {
    func turnDidEnd()
}
