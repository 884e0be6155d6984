import QtQuick

// One suggestion alone: a large picture, shown whole, and large words.
Item {
    id: root

    required property CardFacts card

    Picture {
        id: photo
        anchors {
            left: root.left
            leftMargin: root.card.pad
            verticalCenter: root.verticalCenter
        }
        width: Math.round(Math.min(root.width * 0.58, root.height) - 2 * root.card.pad)
        height: width
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
            id: why
            anchors.left: parent.left
            widest: parent.width
            size: 32
            reason: root.card.reason
            first: root.card.reasonFirst
            second: root.card.reasonSecond
            taken: root.card.taken
        }

        Words {
            readonly property real rest: why.height + money.height + (sponsor.visible ? sponsor.height + parent.spacing : 0) + 2 * parent.spacing + 2 * Theme.px(28)
            width: parent.width
            display: true
            text: root.card.name
            font: metrics.font
            // As many lines as leave room for what is never cut.
            maximumLineCount: Math.max(1, Math.min(4, Math.floor((root.height - rest) / (lineHeight * metrics.lineSpacing * Theme.leading))))
            lineHeight: 1.05
            elide: Text.ElideRight
        }

        PriceBlock {
            id: money
            width: parent.width
            size: 104
            price: root.card.price
            per: root.card.per
            oldPrice: root.card.oldPrice
            unitLine: root.card.unitLine
            keepOldPrice: root.card.oldPrice !== ""
            keepUnitLine: root.card.unitLine !== ""
        }

        Words {
            id: sponsor
            width: parent.width
            visible: text !== ""
            text: root.card.sponsorText
            color: Theme.ink2
            font.pixelSize: Theme.type(29)
        }
    }

    FontMetrics {
        id: metrics
        font.family: Theme.display
        font.pixelSize: Math.min(Theme.type(64), Math.max(Theme.smallestType, Math.floor(0.8 * money.shown)))
        font.weight: Font.DemiBold
    }
}
