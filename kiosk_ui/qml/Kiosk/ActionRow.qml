import QtQuick
import Kiosk.Link

// The three answers; accept is the largest, on the side of the thumb, which is the right one in every language unless it is said to
// be the left. A taken card can only be given back. For a shopper who is known a fourth says "less like this", on a whole screen. In
// a row along the bottom of a screen; in a strip the two others stand one above the other beside accept; in a side panel side by side
// above it.
Item {
    id: root

    required property Face face
    required property bool taken
    required property int ageLimit
    property bool regular: false
    property bool leftHanded: false
    property string shape: "row"

    readonly property bool asking: face.ageAsked && ageLimit > 0
    readonly property int space: Math.max(Theme.px(shape === "row" ? 16 : 11), Theme.targetGap)
    readonly property bool refusable: regular && shape === "row" && !taken
    // Widths and heights of the two others and of accept.
    readonly property real unit: (width - (taken ? 1 : refusable ? 3 : 2) * space) / (refusable ? 5 : 4)
    readonly property int slim: Math.round(shape === "row" ? (taken ? 1.3 * unit : unit) : shape === "strip" ? width * 0.38 : taken ? width : (width - space) / 2)
    readonly property int wide: Math.round(shape === "row" ? (taken ? 2.7 : 2) * unit : shape === "strip" ? width - slim - space : width)
    readonly property int high: Math.round(shape === "side" ? height * 0.56 : height)
    readonly property int low: Math.round(shape === "row" || (shape === "strip" && taken) ? height : shape === "strip" ? (height - space) / 2 : height - high - space)

    LayoutMirroring.enabled: false
    LayoutMirroring.childrenInherit: true

    // From the side away from the thumb.
    function at(place: real, length: real): real {
        return leftHanded ? width - place - length : place;
    }

    ActionButton {
        visible: !root.taken
        x: root.at(0, width)
        y: 0
        width: root.slim
        height: root.low
        face: root.face
        verb: "out_of_stock"
        label: qsTr("Out of stock")
        compact: root.shape !== "row"
    }

    ActionButton {
        visible: root.refusable
        x: root.at(root.slim + root.space, width)
        y: 0
        width: root.slim
        height: root.low
        face: root.face
        verb: "less"
        label: qsTr("Less like this")
    }

    ActionButton {
        x: root.at(root.taken || root.shape === "strip" ? 0 : (root.refusable ? 2 : 1) * (root.slim + root.space), width)
        y: root.shape === "strip" && !root.taken ? root.low + root.space : 0
        width: root.slim
        height: root.low
        face: root.face
        verb: "dismiss"
        told: root.taken ? "undo" : "dismiss"
        label: root.taken ? qsTr("Changed their mind") : qsTr("Skip")
        compact: root.shape !== "row"
    }

    ActionButton {
        visible: !root.taken
        x: root.at(root.width - width, width)
        y: root.height - height
        width: root.wide
        height: root.high
        face: root.face
        verb: "accept"
        primary: true
        caution: root.asking
        mark: root.asking ? root.ageLimit + "+" : ""
        label: root.asking ? qsTr("Check the age") : qsTr("Add to basket")
        note: root.asking ? qsTr("Tap again to add") : ""
        compact: root.shape !== "row"
    }

    Rectangle {
        visible: root.taken
        x: root.at(root.width - width, width)
        y: root.height - height
        width: root.wide
        height: root.high
        radius: Theme.px(20)
        color: Theme.mint

        Words {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.px(16)
            text: root.face.lateVerb === "accept" ? qsTr("Waiting for the till…") : qsTr("✓ Accepted: now scan it")
            color: Theme.mintInk
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(root.shape === "row" ? 30 : 26)
            font.weight: Font.Bold
        }
    }
}
