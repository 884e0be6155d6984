import QtQuick
import Kiosk.Link

// Another suggestion; a touch makes it the hero.
Rectangle {
    id: root

    required property Face face
    required property string suggestionId
    required property string sku
    required property string name
    required property string initial
    required property int colour
    required property string picture
    required property string price
    required property string oldPrice
    required property bool taken

    readonly property int pad: Theme.px(14)

    objectName: "tap:alternate"
    enabled: face.active
    color: tap.pressed ? Theme.pressed : Theme.card
    radius: Theme.px(20)
    border.width: Math.max(2, Theme.px(2))
    border.color: Theme.outline

    TapHandler {
        id: tap
        gesturePolicy: TapHandler.ReleaseWithinBounds
        acceptedButtons: Qt.LeftButton
        onPressedChanged: if (pressed)
            root.face.fingerDown("alternate", root.suggestionId)
        onTapped: root.face.tap("alternate")
    }

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            margins: root.pad
        }
        width: Math.min(root.width * 0.4, root.height - 2 * root.pad - price.height - Theme.px(8))
        height: width
        radius: Theme.px(12)
        source: root.picture
        initial: root.initial
        colour: root.colour
    }

    Words {
        anchors {
            top: root.top
            left: photo.right
            right: root.right
            bottom: price.top
            margins: root.pad
            bottomMargin: 0
        }
        text: root.name
        verticalAlignment: Text.AlignTop
        font.pixelSize: Theme.type(24)
        font.weight: Font.DemiBold
        elide: Text.ElideRight
    }

    Words {
        id: price
        anchors {
            right: root.right
            left: root.left
            bottom: root.bottom
            margins: root.pad
            bottomMargin: Theme.px(10)
        }
        display: true
        text: root.taken ? qsTr("✓ Accepted") : root.price
        horizontalAlignment: Text.AlignLeft
        color: root.oldPrice !== "" ? Theme.reduced : Theme.ink
        wrapMode: Text.NoWrap
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.smallestType
        font.pixelSize: Theme.type(36)
        font.weight: Font.Bold
    }
}
