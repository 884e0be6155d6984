import QtQuick
import Kiosk.Link

// What stands beside the basket when there is nothing to suggest: the line just rung up, large enough to check its price.
Plate {
    id: root

    required property Face face
    property real scaling: 1
    property string note: ""

    Column {
        anchors {
            left: parent.left
            right: parent.right
            margins: Theme.px(64 * root.scaling)
            verticalCenter: parent.verticalCenter
        }
        spacing: Theme.px(20 * root.scaling)

        Words {
            width: parent.width
            text: qsTr("Just added")
            color: Theme.ink2
            font.pixelSize: Theme.type(38 * root.scaling)
        }

        Words {
            width: parent.width
            display: true
            text: root.face.lastName === "" ? qsTr("Item without a name") : root.face.lastName
            font.pixelSize: Theme.type(84 * root.scaling)
            font.weight: Font.DemiBold
            lineHeight: 1.05
            maximumLineCount: 4
            elide: Text.ElideRight
        }

        Words {
            width: parent.width
            text: root.face.lastDetail
            color: Theme.ink2
            font.pixelSize: Theme.type(44 * root.scaling)
        }

        Words {
            width: parent.width
            display: true
            text: root.face.lastSum
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(132 * root.scaling)
            font.letterSpacing: Theme.px(2)
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.note
            color: Theme.ink2
            font.pixelSize: Theme.type(38 * root.scaling)
        }
    }
}
