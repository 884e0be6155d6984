import QtQuick
import Kiosk.Link

// Takes back what was just sent away, as long as that can be taken back.
Rectangle {
    id: root

    required property Face face
    property int size: 24

    readonly property int wanted: Math.ceil(whole.advanceWidth) + 2 * Theme.px(20)

    objectName: "tap:undo"
    visible: face.undoOffered
    enabled: visible
    radius: Theme.px(14)
    color: tap.pressed ? Theme.pressed : Theme.card
    border.width: Math.max(2, Theme.px(2))
    border.color: Theme.outline

    TapHandler {
        id: tap
        gesturePolicy: TapHandler.ReleaseWithinBounds
        acceptedButtons: Qt.LeftButton
        longPressThreshold: 3 // seconds, as the state's own rule: Qt's 0.8 loses taps on a busy machine
        onPressedChanged: pressed ? root.face.fingerDown("undo", "") : root.face.fingerUp("undo")
        onTapped: root.face.tap("undo")
    }

    TextMetrics {
        id: whole
        font.family: Theme.family
        font.weight: Font.DemiBold
        font.pixelSize: Theme.type(root.size)
        text: words.text
    }

    WholeWords {
        id: words
        anchors.centerIn: parent
        width: parent.width - 2 * Theme.px(8)
        // A cut Arabic name is drawn a little wider than it was measured.
        leftPadding: Theme.px(4)
        rightPadding: Theme.px(4)
        text: root.face.undoName === "" ? qsTr("↩ Undo") : qsTr("↩ Bring back %1").arg(root.face.undoName)
        maximumLineCount: Math.max(1, Math.floor((root.height - 2 * Theme.px(4)) / (1.23 * Theme.type(root.size) * Theme.leading)))
        horizontalAlignment: Text.AlignHCenter
        elide: Text.ElideRight
        size: root.size
        font.weight: Font.DemiBold
    }
}
