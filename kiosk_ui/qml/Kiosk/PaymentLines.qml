pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// What has been paid, a line each, and the change large; the latest payments are enough for the eye.
Column {
    id: root

    required property Face face
    property real scaling: 1
    property color ink: Theme.ink
    property color ink2: Theme.ink2

    property int most: 3

    objectName: "payments"
    visible: (payments.count > 0 && most > 0) || face.change !== ""
    spacing: Theme.px(10 * scaling)

    Rectangle {
        width: root.width
        height: Math.max(1, Theme.px(2))
        color: root.ink2
        opacity: 0.4
    }

    Repeater {
        id: payments
        model: root.face.payments

        delegate: Item {
            id: line
            required property int index
            required property string means
            required property string amount

            visible: index >= payments.count - root.most
            width: root.width
            height: Math.max(means_.height, amount_.height)

            Words {
                id: means_
                anchors.left: parent.left
                width: parent.width - amount_.width - Theme.px(24)
                text: root.name(line.means)
                color: root.ink2
                wrapMode: Text.NoWrap
                elide: Text.ElideRight
                font.pixelSize: Theme.type(40 * root.scaling)
            }

            Words {
                id: amount_
                anchors.right: parent.right
                text: line.amount
                color: root.ink
                wrapMode: Text.NoWrap
                columns: true
                font.pixelSize: Theme.type(40 * root.scaling)
                font.weight: Font.DemiBold
            }
        }
    }

    Item {
        visible: root.face.change !== ""
        width: root.width
        height: Math.max(label.height, change.height)

        Words {
            id: label
            anchors {
                left: parent.left
                baseline: change.baseline
            }
            text: qsTr("Change")
            color: root.ink2
            wrapMode: Text.NoWrap
            font.pixelSize: Theme.type(48 * root.scaling)
        }

        Words {
            id: change
            objectName: "change"
            anchors.right: parent.right
            width: Math.min(implicitWidth, parent.width - label.width - Theme.px(24))
            display: true
            text: root.face.change
            color: root.ink
            wrapMode: Text.NoWrap
            horizontalAlignment: Text.AlignRight
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(72 * root.scaling)
            font.weight: Font.Bold
        }
    }

    function name(means: string): string {
        switch (means) {
        case "cash":
            return qsTr("Cash");
        case "card":
            return qsTr("Card");
        case "cashless":
            return qsTr("Cashless");
        case "bonus":
            return qsTr("Bonus points");
        case "prepaid":
            return qsTr("Paid in advance");
        case "credit":
            return qsTr("On credit");
        case "":
        case "other":
            return qsTr("Paid");
        default:
            return means.charAt(0).toUpperCase() + means.slice(1);
        }
    }
}
