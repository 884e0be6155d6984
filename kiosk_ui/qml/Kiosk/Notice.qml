import QtQuick

// One thing said large: what to do, an amount, a word more.
Item {
    id: root

    required property string title
    property real scaling: 1
    property string amount: ""
    property string note: ""
    property int alignment: Text.AlignLeft
    property color ink: Theme.ink
    property color ink2: Theme.ink2

    Column {
        anchors {
            left: root.left
            right: root.right
            verticalCenter: root.verticalCenter
        }
        spacing: Theme.px(20 * root.scaling)

        Words {
            width: parent.width
            display: true
            text: root.title
            color: root.ink
            horizontalAlignment: root.alignment
            font.pixelSize: Theme.type(72 * root.scaling)
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            visible: text !== ""
            display: true
            text: root.amount
            color: root.ink
            horizontalAlignment: root.alignment
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(168 * root.scaling)
            font.letterSpacing: Theme.px(4 * root.scaling)
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.note
            color: root.ink2
            horizontalAlignment: root.alignment
            font.pixelSize: Theme.type(42 * root.scaling)
        }
    }
}
