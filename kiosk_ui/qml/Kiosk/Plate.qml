pragma ComponentBehavior: Bound

import QtQuick

// A sheet for what is said large, with the brand's rings in its corner.
Rectangle {
    id: root

    default property alias content: inside.data

    color: Theme.card
    radius: Theme.px(28)
    border.width: 1
    border.color: Theme.cardEdge

    Item {
        anchors {
            fill: parent
            margins: 1
        }
        clip: true

        Repeater {
            model: [1.3, 0.95, 0.6]

            Rectangle {
                required property real modelData
                width: root.height * modelData
                height: width
                radius: width / 2
                x: root.width * 0.94 - width / 2
                y: root.height * 0.96 - height / 2
                color: "transparent"
                border.width: Theme.px(3)
                border.color: Theme.mint
            }
        }
    }

    Item {
        id: inside
        anchors.fill: parent
    }
}
