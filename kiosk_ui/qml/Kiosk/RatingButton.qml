import QtQuick
import Kiosk.Link

// One answer to how the visit was. What is chosen has a frame and a bolder ground: no meaning rests on colour alone.
Rectangle {
    id: root

    required property Face face
    required property int score
    property string label: ""
    property url picture
    readonly property bool chosen: face.rated === score

    objectName: "tap:rate:" + score
    radius: Theme.px(28)
    color: tap.pressed ? Theme.brandDeep : chosen ? Theme.brandInk : Theme.brandGlow
    border.width: Math.max(2, Theme.px(chosen ? 6 : 2))
    border.color: chosen ? Theme.brandInk : Theme.brandInk2

    TapHandler {
        id: tap
        gesturePolicy: TapHandler.ReleaseWithinBounds
        acceptedButtons: Qt.LeftButton
        longPressThreshold: 3 // seconds, as the state's own rule: Qt's 0.8 loses taps on a busy machine
        onPressedChanged: pressed ? root.face.fingerDown("rate", String(root.score)) : root.face.fingerUp("rate")
        onTapped: root.face.tap("rate")
    }

    Column {
        anchors.centerIn: parent
        width: parent.width - 2 * Theme.px(8)
        spacing: Theme.px(8)

        Image {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: root.picture.toString() !== ""
            source: root.picture
            width: root.height * 0.5
            height: width
            sourceSize: Qt.size(Math.round(width), Math.round(height))
        }

        Words {
            width: parent.width
            text: root.label
            color: root.chosen && !tap.pressed ? Theme.brandDeep : Theme.brandInk
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(root.picture.toString() === "" ? 44 : 34)
            font.weight: Font.Bold
        }
    }
}
