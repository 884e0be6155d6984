import QtQuick

// A sheet for what is said large, with the brand's rings in its corner.
Rectangle {
    id: root

    default property alias content: inside.data

    color: Theme.card
    radius: Theme.px(28)
    border.width: 1
    border.color: Theme.cardEdge

    Rings {
        bright: false
        side: 0.76 * Math.min(parent.width, parent.height)
        anchors.margins: 1
    }

    Item {
        id: inside
        anchors.fill: parent
    }
}
