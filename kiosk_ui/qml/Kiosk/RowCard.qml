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
        width: height
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Column {
        anchors {
            left: photo.right
            right: money.left
            verticalCenter: root.verticalCenter
            leftMargin: Theme.px(28)
            rightMargin: Theme.px(20)
        }
        spacing: Theme.px(12)

        Words {
            width: parent.width
            text: root.card.name
            font.pixelSize: Theme.type(38)
            font.weight: Font.DemiBold
            maximumLineCount: 2
            elide: Text.ElideRight
        }

        Reason {
            widest: parent.width
            reason: root.card.reason
            first: root.card.reasonFirst
            second: root.card.reasonSecond
            taken: root.card.taken
        }

        Words {
            width: parent.width
            visible: text !== ""
            text: root.card.sponsorText
            color: Theme.ink2
            font.pixelSize: Theme.type(29)
        }
    }

    PriceBlock {
        id: money
        anchors {
            right: root.right
            verticalCenter: root.verticalCenter
            rightMargin: Theme.px(32)
        }
        width: root.width * 0.34
        size: 66
        alignment: Text.AlignRight
        price: root.card.price
        oldPrice: root.card.oldPrice
        unitLine: root.card.unitLine
        keepOldPrice: root.card.oldPrice !== ""
        keepUnitLine: root.card.unitLine !== ""
    }
}
