import QtQuick

// For squarer screens: picture, shown whole, words and price side by side.
Item {
    id: root

    required property CardFacts card

    // Two in a column have room for larger words than three.
    readonly property bool large: height > Theme.px(340)
    // Too narrow for this price beside the name: it stands below.
    readonly property bool stacked: width < 2.6 * height || money.wanted > 0.36 * width

    Picture {
        id: photo
        anchors {
            left: root.left
            leftMargin: Theme.px(18)
            verticalCenter: root.verticalCenter
        }
        width: Math.round(Math.min(root.height - 2 * Theme.px(18), root.width * 0.46))
        height: width
        source: root.card.picture
        initial: root.card.initial
        colour: root.card.colour
    }

    Column {
        anchors {
            left: photo.right
            right: root.stacked ? root.right : money.left
            leftMargin: Theme.px(root.large ? 40 : 28)
            rightMargin: Theme.px(20)
        }
        y: Math.max(Theme.px(12), Math.round((root.height - height - sponsor.room) / 2))
        spacing: Theme.px(root.large ? 16 : 8)

        Reason {
            id: why
            anchors.left: parent.left
            widest: parent.width
            reason: root.card.reason
            first: root.card.reasonFirst
            second: root.card.reasonSecond
            taken: root.card.taken
        }

        Words {
            readonly property real rest: why.height + (unit.visible ? unit.height + parent.spacing : 0) + (below.visible ? below.height + parent.spacing : 0) + parent.spacing + 2 * Theme.px(12)
            width: parent.width
            text: root.card.name
            font: metrics.font
            // As many lines as leave room for what is never cut.
            maximumLineCount: Math.max(1, Math.min(3, Math.floor((root.height - sponsor.room - rest) / (metrics.lineSpacing * Theme.leading))))
            elide: Text.ElideRight
        }

        Words {
            id: unit
            width: parent.width
            visible: text !== ""
            text: root.card.unitLine
            color: Theme.ink2
            font.pixelSize: Theme.type(29)
        }

        PriceBlock {
            id: below
            visible: root.stacked
            width: parent.width
            size: money.size
            price: root.card.price
            per: root.card.per
            oldPrice: root.card.oldPrice
            unitLine: ""
            keepOldPrice: root.card.oldPrice !== ""
            keepUnitLine: false
        }
    }

    PriceBlock {
        id: money
        visible: !root.stacked
        anchors {
            right: root.right
            rightMargin: Theme.px(32)
        }
        y: Math.round((root.height - height - sponsor.room) / 2)
        width: Math.round(Math.max(root.width * 0.29, Math.min(wanted, root.width * 0.36)))
        size: root.large ? 84 : 66
        atEnd: true
        price: root.card.price
        per: root.card.per
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
            leftMargin: Theme.px(root.large ? 40 : 28)
            rightMargin: Theme.px(32)
            bottomMargin: Theme.px(14)
        }
        visible: text !== ""
        text: root.card.sponsorText
        color: Theme.ink2
        font.pixelSize: Theme.type(29)
    }

    FontMetrics {
        id: metrics
        font.family: Theme.family
        font.pixelSize: Math.min(Theme.type(root.large ? 50 : 38), Math.max(Theme.smallestType, Math.floor(0.9 * (root.stacked ? below : money).shown)))
        font.weight: Font.DemiBold
    }
}
