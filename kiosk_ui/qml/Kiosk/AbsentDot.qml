import QtQuick
import Kiosk.Link

// A grey dot while the daemon is away.
Rectangle {
    id: root

    required property Face face

    objectName: "absent"
    visible: !face.online
    width: Theme.px(16)
    height: Theme.px(16)
    radius: width / 2
    color: Theme.brandDot
}
