import QtQuick

// Picture above, words below; the picture takes what the words leave, so that prices of a row stand on one line.
Item {
    id: root

    required property CardFacts card

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            right: root.right
            bottom: sponsor.visible ? sponsor.top : words.top
            margins: root.card.pad
            bottomMargin: sponsor.visible ? Theme.px(8) : Theme.px(16)
        }
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Reason {
        anchors {
            left: photo.left
            bottom: photo.bottom
            margins: Theme.px(12)
        }
        widest: photo.width - 2 * Theme.px(12)
        reason: root.card.reason
        first: root.card.reasonFirst
        second: root.card.reasonSecond
        taken: root.card.taken
    }

    Words {
        id: sponsor
        anchors {
            left: words.left
            right: words.right
            bottom: words.top
            bottomMargin: Theme.px(8)
        }
        visible: text !== ""
        text: root.card.sponsorText
        color: Theme.ink2
        font.pixelSize: Theme.type(29)
    }

    Column {
        id: words
        anchors {
            left: root.left
            right: root.right
            bottom: root.bottom
            leftMargin: root.card.pad + Theme.px(4)
            rightMargin: root.card.pad + Theme.px(4)
            bottomMargin: root.card.pad - Theme.px(4)
        }
        spacing: Theme.px(4)

        Words {
            width: parent.width
            height: Math.ceil(2 * metrics.lineSpacing) + 1
            text: root.card.name
            font: metrics.font
            maximumLineCount: 2
            elide: Text.ElideRight
        }

        PriceBlock {
            width: parent.width
            price: root.card.price
            oldPrice: root.card.oldPrice
            unitLine: root.card.unitLine
            keepOldPrice: root.card.keepOldPrice
            keepUnitLine: root.card.keepUnitLine
        }
    }

    FontMetrics {
        id: metrics
        font.family: Theme.family
        font.pixelSize: Theme.type(36)
        font.weight: Font.DemiBold
    }
}
