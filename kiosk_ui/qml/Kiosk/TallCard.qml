import QtQuick

// Picture above, words below. The picture is shown whole: square, or a little wider where height is short; what is left goes to the
// name. Prices of a row stand on one line.
Item {
    id: root

    required property CardFacts card

    readonly property int inset: card.pad + Theme.px(6)
    // What the words need at least: the reason, two lines of the name, an advertiser somewhere in the row, the price.
    readonly property real needed: why.height + 2 * metrics.lineSpacing * Theme.leading + money.height + (card.keepSponsor ? 2 * sponsorMetrics.lineSpacing + Theme.px(8) : 0) + Theme.px(20 + 16 + 10) + card.pad

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            margins: root.card.pad
        }
        width: root.width - 2 * root.card.pad
        height: Math.round(Math.min(width, root.height - root.card.pad - root.needed))
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Reason {
        id: why
        anchors {
            top: photo.bottom
            left: photo.left
            topMargin: Theme.px(20)
        }
        widest: photo.width
        reason: root.card.reason
        first: root.card.reasonFirst
        second: root.card.reasonSecond
        taken: root.card.taken
    }

    Words {
        id: title
        anchors {
            top: why.bottom
            left: root.left
            right: root.right
            topMargin: Theme.px(16)
            leftMargin: root.inset
            rightMargin: root.inset
        }
        readonly property real room: (sponsor.visible ? sponsor.y : money.y) - y
        text: root.card.name
        font: metrics.font
        maximumLineCount: Math.max(1, Math.floor(room / (metrics.lineSpacing * Theme.leading)))
        elide: Text.ElideRight
    }

    Words {
        id: sponsor
        anchors {
            left: title.left
            right: title.right
            bottom: money.top
            bottomMargin: Theme.px(4)
        }
        visible: text !== ""
        text: root.card.sponsorText
        color: Theme.ink2
        font: sponsorMetrics.font
    }

    PriceBlock {
        id: money
        anchors {
            left: title.left
            right: title.right
            bottom: root.bottom
            bottomMargin: root.card.pad - Theme.px(4)
        }
        size: 76
        price: root.card.price
        per: root.card.per
        oldPrice: root.card.oldPrice
        unitLine: root.card.unitLine
        keepOldPrice: root.card.keepOldPrice
        keepUnitLine: root.card.keepUnitLine
    }

    FontMetrics {
        id: metrics
        font.family: Theme.family
        font.pixelSize: Math.min(Theme.type(42), Math.max(Theme.smallestType, Math.floor(0.9 * money.shown)))
        font.weight: Font.DemiBold
    }

    FontMetrics {
        id: sponsorMetrics
        font.family: Theme.family
        font.pixelSize: Theme.type(29)
    }
}
