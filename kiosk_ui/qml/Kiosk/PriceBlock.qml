import QtQuick

// Unit price, old price and price, one under the other; prices of a row stand on one line because absent lines keep their place.
Column {
    id: root

    required property string price
    required property string per
    required property string oldPrice
    required property string unitLine
    required property bool keepOldPrice
    required property bool keepUnitLine
    property int size: 60
    // At the end of the row it stands in, not at its beginning.
    property bool atEnd: false
    // The width of the price in full size, and the size it got.
    readonly property real wanted: whole.advanceWidth + per.implicitWidth + 2
    readonly property int shown: price.fontInfo.pixelSize
    readonly property int alignment: atEnd ? Text.AlignRight : Text.AlignLeft

    Words {
        width: root.width
        visible: root.keepUnitLine
        horizontalAlignment: root.alignment
        height: Math.max(implicitHeight, Math.ceil(small.height * Theme.leading))
        text: root.unitLine
        color: Theme.ink2
        font: small.font
    }

    Words {
        width: root.width
        visible: root.keepOldPrice
        horizontalAlignment: root.alignment
        height: Math.ceil(before.height * Theme.leading) + 2 * Theme.px(2)
        verticalAlignment: Text.AlignVCenter
        text: root.oldPrice
        color: Theme.ink2
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(32)
        font.strikeout: true
    }

    Item {
        width: root.width
        // As high as the price would be unfitted, so that a long one does not lift its neighbours.
        height: Math.round(metrics.height * Theme.leading)

        Words {
            id: price
            anchors {
                left: root.atEnd ? undefined : parent.left
                right: root.atEnd ? per.left : undefined
                baseline: parent.top
                baselineOffset: Math.round(metrics.ascent * Theme.rise)
            }
            width: Math.min(Math.ceil(whole.advanceWidth) + 1, parent.width - per.implicitWidth)
            display: true
            text: root.price === "" ? qsTr("Price at the till") : root.price
            color: root.price === "" ? Theme.ink2 : root.oldPrice !== "" ? Theme.reduced : Theme.ink
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font: root.price === "" ? unpriced.font : metrics.font
        }

        // A quarter of the attention: the figure is the price.
        Words {
            id: per
            anchors {
                left: root.atEnd ? undefined : price.right
                right: root.atEnd ? parent.right : undefined
                baseline: price.baseline
            }
            text: root.per
            color: Theme.ink2
            wrapMode: Text.NoWrap
            font.pixelSize: Theme.type(root.size * 0.46)
            font.weight: Font.DemiBold
        }
    }

    // The price unfitted: its own width would follow from itself.
    TextMetrics {
        id: whole
        font: price.font
        text: price.text
    }

    FontMetrics {
        id: small
        font.family: Theme.family
        font.pixelSize: Theme.type(29)
    }

    FontMetrics {
        id: before
        font.family: Theme.family
        font.pixelSize: Theme.type(32)
    }

    FontMetrics {
        id: unpriced
        font.family: Theme.family
        font.pixelSize: Theme.type(36)
        font.weight: Font.DemiBold
    }

    FontMetrics {
        id: metrics
        font.family: Theme.display
        font.pixelSize: Theme.type(root.size)
        font.weight: Font.Bold
        // The display cut sets figures so close that a comma touches the 1 after it.
        font.letterSpacing: root.size * Theme.scale * 0.012
    }
}
