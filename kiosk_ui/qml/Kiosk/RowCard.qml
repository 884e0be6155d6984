import QtQuick

// For squarer screens: picture, words and price side by side.
Item {
    id: root

    required property CardFacts card

    Picture {
        id: photo
        anchors {
            top: root.top
            bottom: root.bottom
            left: root.left
            margins: Theme.px(18)
        }
        width: Math.min(height, root.width * 0.32)
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Column {
        anchors {
            left: photo.right
            right: money.left
            leftMargin: Theme.px(28)
            rightMargin: Theme.px(20)
        }
        y: Math.max(Theme.px(12), Math.round((root.height - height - sponsor.room) / 2))
        spacing: Theme.px(8)

        Words {
            width: parent.width
            text: root.card.name
            font.pixelSize: Theme.type(38)
            font.weight: Font.DemiBold
            maximumLineCount: 2
            elide: Text.ElideRight
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.card.unitLine
            color: Theme.ink2
            font.pixelSize: Theme.type(29)
        }

        Reason {
            widest: parent.width
            reason: root.card.reason
            first: root.card.reasonFirst
            second: root.card.reasonSecond
            taken: root.card.taken
        }
    }

    PriceBlock {
        id: money
        anchors {
            right: root.right
            rightMargin: Theme.px(32)
        }
        y: Math.round((root.height - height - sponsor.room) / 2)
        width: Math.round(root.width * 0.26)
        size: 66
        alignment: Text.AlignRight
        price: root.card.price
        oldPrice: root.card.oldPrice
        unitLine: ""
        keepOldPrice: root.card.oldPrice !== ""
        keepUnitLine: false
    }

    // Along the whole width, for it is never cut.
    Words {
        id: sponsor
        readonly property real room: visible ? height + Theme.px(8) : 0
        anchors {
            left: photo.right
            right: root.right
            bottom: root.bottom
            leftMargin: Theme.px(28)
            rightMargin: Theme.px(32)
            bottomMargin: Theme.px(14)
        }
        visible: text !== ""
        text: root.card.sponsorText
        color: Theme.ink2
        font.pixelSize: Theme.type(29)
    }
}
