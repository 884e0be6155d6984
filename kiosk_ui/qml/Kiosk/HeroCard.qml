import QtQuick

// One suggestion alone: a large picture and large words.
Item {
    id: root

    required property CardFacts card

    Picture {
        id: photo
        anchors {
            top: root.top
            bottom: root.bottom
            left: root.left
            margins: root.card.pad
        }
        width: Math.min(root.width * 0.52, height)
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Column {
        anchors {
            left: photo.right
            right: root.right
            verticalCenter: root.verticalCenter
            leftMargin: Theme.px(48)
            rightMargin: Theme.px(40)
        }
        spacing: Theme.px(24)

        Reason {
            widest: parent.width
            size: 32
            reason: root.card.reason
            first: root.card.reasonFirst
            second: root.card.reasonSecond
            taken: root.card.taken
        }

        Words {
            width: parent.width
            display: true
            text: root.card.name
            font.pixelSize: Theme.type(60)
            font.weight: Font.DemiBold
            lineHeight: 1.05
            maximumLineCount: 4
            elide: Text.ElideRight
        }

        PriceBlock {
            width: parent.width
            size: 96
            price: root.card.price
            oldPrice: root.card.oldPrice
            unitLine: root.card.unitLine
            keepOldPrice: root.card.oldPrice !== ""
            keepUnitLine: root.card.unitLine !== ""
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.card.sponsorText
            color: Theme.ink2
            font.pixelSize: Theme.type(29)
        }
    }
}
