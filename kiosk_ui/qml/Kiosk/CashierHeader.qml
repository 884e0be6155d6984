import QtQuick
import Kiosk.Link

// The sale in one line, what can be taken back, and a grey dot while the daemon is away.
Rectangle {
    id: root

    required property Face face
    // Beside the till's program there is room for the total alone, and for what can be taken back in its place.
    property bool narrow: false
    readonly property bool selling: face.stage !== "idle" && !(narrow && undo.visible)
    // What total and count take of the width.
    readonly property real taken: label.width + total.width + count.width + Theme.px(24 + 14 + 20)

    color: Theme.brand

    Orbit {
        anchors.bottomMargin: 0
        whole: false
        edge: Theme.brand
        face: root.face
    }

    Words {
        id: label
        anchors {
            left: root.left
            leftMargin: Theme.px(24)
            baseline: total.baseline
        }
        visible: root.selling
        text: qsTr("Total")
        color: Theme.brandInk2
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(22)
    }

    Words {
        id: total
        objectName: "total"
        anchors {
            left: label.right
            leftMargin: Theme.px(14)
            verticalCenter: root.verticalCenter
        }
        visible: root.selling
        display: true
        width: Math.min(implicitWidth, root.width - label.width - 2 * Theme.px(24) - Theme.px(14))
        text: root.face.total
        color: Theme.brandInk
        wrapMode: Text.NoWrap
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.smallestType
        font.pixelSize: Theme.type(40)
        font.weight: Font.Bold
    }

    Words {
        id: count
        anchors {
            left: total.right
            leftMargin: Theme.px(20)
            baseline: total.baseline
        }
        visible: root.selling && root.face.count > 0 && !root.narrow
        text: qsTr("%n item(s)", "", root.face.count)
        color: Theme.brandInk2
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(22)
    }

    Words {
        anchors {
            left: root.left
            leftMargin: Theme.px(24)
            verticalCenter: root.verticalCenter
        }
        visible: root.face.stage === "idle"
        text: qsTr("Tillside")
        color: Theme.brandInk
        font.pixelSize: Theme.type(26)
        font.weight: Font.DemiBold
    }

    Words {
        anchors {
            right: link.left
            rightMargin: Theme.px(20)
            verticalCenter: root.verticalCenter
        }
        width: Math.min(implicitWidth, root.width - root.taken - 3 * Theme.px(20))
        visible: root.face.staleDays > 0 && !undo.visible && !root.narrow
        text: qsTr("Suggestions are %n day(s) old", "", root.face.staleDays)
        color: Theme.brandInk2
        elide: Text.ElideRight
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(20)
    }

    UndoButton {
        id: undo
        anchors {
            right: link.left
            rightMargin: link.visible ? Theme.px(16) : Theme.px(4)
            verticalCenter: root.verticalCenter
        }
        face: root.face
        width: root.narrow ? root.width - 2 * Theme.px(20) : Math.min(wanted, root.width - root.taken - Theme.px(60))
        height: root.height - 2 * Theme.px(root.narrow ? 5 : 10)
    }

    Item {
        id: link
        anchors {
            right: root.right
            rightMargin: Theme.px(20)
            verticalCenter: root.verticalCenter
        }
        visible: !root.face.online
        width: visible ? Theme.px(16) : 0
        height: Theme.px(16)

        AbsentDot {
            face: root.face
        }
    }
}
