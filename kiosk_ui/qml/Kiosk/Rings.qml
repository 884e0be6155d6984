import QtQuick

// The brand's rings in the lower right corner. A picture, because the renderer keeps a bitmap of every large rounded rectangle; and
// loaded only while it is seen.
Image {
    id: root

    mirror: Theme.mirrored
    property bool bright: true
    property real side: Math.min(parent.width, parent.height)

    anchors {
        right: parent.right
        bottom: parent.bottom
    }
    width: Math.round(side)
    height: Math.round(side)
    sourceSize: Qt.size(width, height)
    source: !visible || width < 1 ? "" : Qt.resolvedUrl(bright ? "rings-light.svg" : "rings-ink.svg")
}
