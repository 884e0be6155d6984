import QtQuick
import Kiosk.Link

// The shop is closed: black, so that nothing burns in; on the cashier's screen a grey dot while the daemon is away.
Rectangle {
    id: root

    required property Face face
    property bool dot: false

    objectName: "closed"
    visible: face.stage === "closed"
    color: "#000000"

    Rectangle {
        anchors {
            right: parent.right
            top: parent.top
            margins: Theme.px(30)
        }
        visible: root.dot && !root.face.online
        width: Theme.px(16)
        height: width
        radius: width / 2
        color: Theme.brandDot
    }
}
