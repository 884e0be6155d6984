import QtQuick

// Words of which none is broken: a long one makes all of them smaller, as far as they can be read.
Words {
    id: root

    // Of the drawing.
    required property int size

    readonly property real room: width - leftPadding - rightPadding

    font.pixelSize: Math.max(Theme.smallestType, Math.floor(longest.font.pixelSize * Math.min(1, room / Math.max(1, longest.advanceWidth + 2))))

    TextMetrics {
        id: longest
        font.family: root.display ? Theme.display : Theme.family
        font.weight: Font.Bold
        font.pixelSize: Theme.type(root.size)
        text: root.text.split(" ").reduce((one, other) => one.length >= other.length ? one : other)
    }
}
