import QtQuick
import Kiosk.Link

// What stands beside the basket when there is nothing to suggest: the line just rung up, large enough to check its price.
Item {
    id: root

    required property Face face
    property real scaling: 1

    Column {
        anchors {
            left: root.left
            right: root.right
            verticalCenter: root.verticalCenter
        }
        spacing: Theme.px(20 * root.scaling)

        Words {
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
            font.weight: Font.Bold
        }
    }
}
