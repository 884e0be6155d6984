import QtQuick
import Kiosk.Link

// The three answers; accept is the largest, on the side of the thumb. A taken card can only be given back.
Row {
    id: root

    required property Face face
    required property bool taken
    required property int ageLimit
    property bool leftHanded: false

    readonly property real unit: (width - (taken ? 1 : 2) * spacing) / 4
    readonly property bool asking: face.ageAsked && ageLimit > 0

    spacing: Theme.px(16)
    layoutDirection: leftHanded ? Qt.RightToLeft : Qt.LeftToRight

    ActionButton {
        visible: !root.taken
        width: Math.round(root.unit)
        height: root.height
        face: root.face
        verb: "out_of_stock"
        label: qsTr("Out of stock")
    }

    ActionButton {
        width: Math.round(root.taken ? root.unit * 1.3 : root.unit)
        height: root.height
        face: root.face
        verb: "dismiss"
        told: root.taken ? "undo" : "dismiss"
        label: root.taken ? qsTr("Changed their mind") : qsTr("Skip")
    }

    ActionButton {
        visible: !root.taken
        width: Math.round(2 * root.unit)
        height: root.height
        face: root.face
        verb: "accept"
        primary: true
        caution: root.asking
        mark: root.asking ? root.ageLimit + "+" : ""
        label: root.asking ? qsTr("Check the age") : qsTr("Add to basket")
        note: root.asking ? qsTr("Tap again to add") : ""
    }

    Rectangle {
        visible: root.taken
        width: Math.round(2.7 * root.unit)
        height: root.height
        radius: Theme.px(20)
        color: Theme.mint

        Words {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.px(20)
            text: root.face.lateVerb === "accept" ? qsTr("Waiting for the till…") : qsTr("✓ Accepted: now scan it")
            color: Theme.mintInk
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(30)
            font.weight: Font.Bold
        }
    }
}
