import QtQuick

// One line in a pill; may be cut, never broken.
Rectangle {
    id: root

    required property string text
    property int size: 29
    property int widest: 10000
    readonly property int padding: Theme.px(15)
    readonly property alias font: words.font
    property color ground: Theme.mint
    property color ink: Theme.mintInk

    implicitWidth: Math.min(widest, words.implicitWidth + 2 * padding)
    // The same for every text, whichever letters it has.
    implicitHeight: Math.ceil(metrics.height * Theme.leading) + 2 * Theme.px(8)
    radius: height / 2
    color: ground
    visible: text !== ""

    Words {
        id: words
        anchors.centerIn: parent
        width: Math.min(implicitWidth, root.width - 2 * root.padding)
        text: root.text
        color: root.ink
        wrapMode: Text.NoWrap
        elide: Text.ElideRight
        font: metrics.font
    }

    FontMetrics {
        id: metrics
        font.family: Theme.family
        font.pixelSize: Theme.type(root.size)
        font.weight: Font.DemiBold
    }
}
