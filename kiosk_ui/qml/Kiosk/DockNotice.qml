import QtQuick

// What is said beside the till's own program while nothing is offered: side by side in a strip, one below the other in a panel.
Rectangle {
    id: root

    required property string title
    required property string amount
    required property string note
    property bool strip: true

    color: Theme.card
    radius: Theme.px(18)
    border.width: 1
    border.color: Theme.cardEdge

    Column {
        anchors {
            left: parent.left
            right: root.strip && sum.visible ? sum.left : parent.right
            leftMargin: Theme.px(22)
            rightMargin: Theme.px(22)
            verticalCenter: parent.verticalCenter
        }
        spacing: Theme.px(6)

        Words {
            width: parent.width
            display: true
            text: root.title
            maximumLineCount: root.strip ? 2 : 5
            elide: Text.ElideRight
            font.pixelSize: Theme.type(34)
            font.weight: Font.DemiBold
        }

        Words {
            width: parent.width
            visible: !root.strip && text !== ""
            display: true
            text: root.amount
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(56)
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.note
            color: Theme.ink2
            font.pixelSize: Theme.type(root.strip ? 21 : 23)
        }
    }

    Words {
        id: sum
        anchors {
            right: parent.right
            rightMargin: Theme.px(26)
            verticalCenter: parent.verticalCenter
        }
        visible: root.strip && text !== ""
        width: Math.min(implicitWidth, root.width * 0.45)
        display: true
        text: root.amount
        wrapMode: Text.NoWrap
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.smallestType
        font.pixelSize: Theme.type(64)
        font.weight: Font.Bold
    }
}
