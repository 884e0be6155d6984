import QtQuick
import Kiosk.Link

// The sale in one line, what can be taken back, and a grey dot while the daemon is away.
Rectangle {
    id: root

    required property Face face
    readonly property bool selling: face.stage !== "idle"

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
        text: root.face.total
        color: Theme.brandInk
        wrapMode: Text.NoWrap
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
        visible: root.selling && root.face.count > 0
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
        visible: !root.selling
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
        width: Math.min(implicitWidth, link.x - count.x - count.width - 2 * Theme.px(20))
        visible: root.face.staleDays > 0 && !undo.visible
        text: qsTr("Suggestions are %n day(s) old", "", root.face.staleDays)
        color: Theme.brandInk2
        elide: Text.ElideRight
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(20)
    }

    Rectangle {
        id: undo
        objectName: "tap:undo"
        anchors {
            right: link.left
            rightMargin: link.visible ? Theme.px(16) : Theme.px(4)
            verticalCenter: root.verticalCenter
        }
        visible: root.face.undoOffered
        enabled: visible
        width: Math.min(back.implicitWidth + 2 * Theme.px(20), link.x - count.x - count.width - Theme.px(40))
        height: root.height - 2 * Theme.px(10)
        radius: Theme.px(14)
        color: tap.pressed ? Theme.pressed : Theme.card
        border.width: Math.max(2, Theme.px(2))
        border.color: Theme.outline

        TapHandler {
            id: tap
            gesturePolicy: TapHandler.ReleaseWithinBounds
            acceptedButtons: Qt.LeftButton
            longPressThreshold: 3 // seconds, as the state's own rule: Qt's 0.8 loses taps on a busy machine
            onPressedChanged: pressed ? root.face.fingerDown("undo", "") : root.face.fingerUp("undo")
            onTapped: root.face.tap("undo")
        }

        Words {
            id: back
            anchors.centerIn: parent
            width: Math.min(implicitWidth, parent.width - 2 * Theme.px(16))
            text: root.face.undoName === "" ? qsTr("↩ Undo") : qsTr("↩ Bring back %1").arg(root.face.undoName)
            wrapMode: Text.NoWrap
            elide: Text.ElideRight
            font.pixelSize: Theme.type(24)
            font.weight: Font.DemiBold
        }
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
        objectName: "absent"

        Rectangle {
            anchors.fill: parent
            radius: width / 2
            color: Theme.brandDot
        }
    }
}
