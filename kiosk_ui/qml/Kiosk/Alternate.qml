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
    required property string per
    required property string oldPrice
    required property string sponsor
    required property string code
    required property int ageLimit
    required property bool taken

    readonly property int pad: Theme.px(16)
    property bool tall: false

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
        longPressThreshold: 3 // seconds, as the state's own rule: Qt's 0.8 loses taps on a busy machine
        onPressedChanged: pressed ? root.face.fingerDown("alternate", root.suggestionId) : root.face.fingerUp("alternate")
        onTapped: root.face.tap("alternate")
    }

    Picture {
        id: photo
        anchors {
            left: root.left
            leftMargin: root.pad
        }
        y: root.tall ? root.pad : Math.round((root.height - height) / 2)
        width: Math.round(root.tall ? root.width - 2 * root.pad : Math.min(root.width * 0.4, root.height - 2 * root.pad, Math.max(root.width * 0.24, root.width - 3 * root.pad - longest.advanceWidth)))
        height: Math.round(root.tall ? Math.min(width, root.height * 0.56) : width)
        radius: Theme.px(12)
        source: root.picture
        initial: root.initial
        colour: root.colour
    }

    // A long price takes some of the picture's width.
    TextMetrics {
        id: longest
        font.family: Theme.display
        font.pixelSize: Theme.type(24)
        font.weight: Font.Bold
        text: root.price + root.per
    }

    Chip {
        anchors {
            top: photo.top
            left: photo.left
            margins: Theme.px(6)
        }
        text: root.ageLimit > 0 ? root.ageLimit + "+" : ""
        size: 18
        ground: Theme.warn
        ink: Theme.warnInk
    }

    Item {
        id: words
        anchors {
            left: root.tall ? root.left : photo.right
            right: root.right
            top: root.tall ? photo.bottom : root.top
            bottom: root.bottom
            margins: root.pad
        }

        TextMetrics {
            id: widest
            font.family: Theme.family
            font.pixelSize: name.minimumPixelSize
            font.weight: Font.DemiBold
            text: root.name.split(/[ -]/).reduce((one, other) => one.length >= other.length ? one : other)
        }

        Words {
            id: name
            anchors {
                top: parent.top
                bottom: money.top
                left: parent.left
                right: parent.right
            }
            text: root.name
            // Rather smaller than a broken word.
            wrapMode: widest.advanceWidth + 1 <= width ? Text.WordWrap : Text.Wrap
            fontSizeMode: Text.Fit
            minimumPixelSize: Math.min(Theme.type(22), font.pixelSize)
            maximumLineCount: Math.max(1, Math.floor(height / (1.23 * minimumPixelSize * Theme.leading)))
            font.pixelSize: Math.min(Theme.type(26), price.fontInfo.pixelSize)
            font.weight: Font.DemiBold
            elide: Text.ElideRight
        }

        Column {
            id: money
            anchors {
                left: parent.left
                right: parent.right
                bottom: parent.bottom
            }

            Sponsor {
                width: parent.width
                size: 15
                sponsor: root.sponsor
                code: root.code
            }

            Words {
                width: parent.width
                visible: text !== "" && !root.taken
                text: root.oldPrice
                color: Theme.ink2
                wrapMode: Text.NoWrap
                font.pixelSize: Theme.type(22)
                font.strikeout: true
            }

            Words {
                id: price
                width: parent.width
                display: true
                text: root.taken ? qsTr("✓ Accepted") : root.price === "" ? qsTr("Price at the till") : root.price + root.per
                color: root.oldPrice !== "" && !root.taken ? Theme.reduced : Theme.ink
                wrapMode: Text.NoWrap
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.smallestType
                font.pixelSize: Theme.type(root.price === "" && !root.taken ? 22 : 36)
                font.weight: Font.Bold
                font.letterSpacing: Theme.px(0.5)
            }
        }
    }
}
