import QtQuick
import Kiosk.Link

// The three answers; accept is the largest, on the side of the thumb, which is the right one in every language unless it is said to
// be the left. A taken card can only be given back. For a shopper who is known a fourth says "less like this". In a row along the
// bottom of a screen; in a strip the others stand one above the other beside accept; in a side panel two side by side above it, and
// the fourth above these, for which the row is as much higher (`implicitHeight`).
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
    // A strip too low for three targets one above the other has room for two.
    readonly property bool known: regular && !taken
    readonly property bool refusable: known && (shape !== "strip" || (height - 2 * space) / 3 >= Theme.target - 0.5)
    // Widths and heights of the two others and of accept.
    readonly property real unit: (width - (taken ? 1 : refusable ? 3 : 2) * space) / (refusable ? 5 : 4)
    readonly property int slim: Math.round(shape === "row" ? (taken ? 1.3 * unit : unit) : shape === "strip" ? width * (refusable ? 0.42 : 0.38) : taken ? width : (width - space) / 2)
    readonly property int wide: Math.round(shape === "row" ? (taken ? 2.7 : 2) * unit : shape === "strip" ? width - slim - space : width)
    readonly property int side: Math.max(Theme.px(184), Theme.target + Theme.primaryTarget + space)
    readonly property int sideHigh: Math.round(side * 0.56)
    readonly property int high: shape === "side" ? sideHigh : height
    // How many of the others stand one above the other.
    readonly property int rows: shape === "row" || (shape === "strip" && taken) ? 1 : (shape === "strip" ? 2 : 1) + (refusable ? 1 : 0)
    readonly property int low: Math.round(shape === "side" ? side - high - space : (height - (rows - 1) * space) / rows)

    implicitHeight: side + (known ? side - sideHigh : 0)

    LayoutMirroring.enabled: false
    LayoutMirroring.childrenInherit: true

    // From the side away from the thumb.
    function at(place: real, length: real): real {
        return leftHanded ? width - place - length : place;
    }

    ActionButton {
        visible: !root.taken
        x: root.at(0, width)
        y: root.shape === "side" && root.refusable ? root.low + root.space : 0
        width: root.slim
        height: root.low
        face: root.face
        verb: "out_of_stock"
        label: qsTr("Out of stock")
        compact: root.shape !== "row"
    }

    ActionButton {
        visible: root.refusable
        x: root.at(root.shape === "row" ? root.slim + root.space : 0, width)
        y: root.shape === "strip" ? root.low + root.space : 0
        width: root.shape === "side" ? root.width : root.slim
        height: root.low
        face: root.face
        verb: "less"
        label: qsTr("Less like this")
        compact: root.shape !== "row"
    }

    ActionButton {
        x: root.at(root.taken || root.shape === "strip" ? 0 : (root.refusable && root.shape === "row" ? 2 : 1) * (root.slim + root.space), width)
        y: root.taken || root.shape === "row" ? 0 : (root.rows - 1) * (root.low + root.space)
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
