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
    property int alignment: Text.AlignLeft

    Words {
        width: root.width
        visible: root.keepUnitLine
        horizontalAlignment: root.alignment
        // A space has the height of a line.
        text: root.unitLine === "" ? " " : root.unitLine
        color: Theme.ink2
        font.pixelSize: Theme.type(29)
    }

    Words {
        width: root.width
        visible: root.keepOldPrice
        horizontalAlignment: root.alignment
        text: root.oldPrice === "" ? " " : root.oldPrice
        color: Theme.ink2
        wrapMode: Text.NoWrap
        topPadding: Theme.px(2)
        bottomPadding: Theme.px(2)
        font.pixelSize: Theme.type(32)
        font.strikeout: root.oldPrice !== ""
    }

    Item {
        width: root.width
        // As high as the price would be unfitted, so that a long one does not lift its neighbours.
        height: metrics.height

        Words {
            id: price
            x: root.alignment === Text.AlignRight ? parent.width - width - per.implicitWidth : 0
            width: Math.min(Math.ceil(whole.advanceWidth) + 1, parent.width - per.implicitWidth)
            anchors.baseline: parent.top
            anchors.baselineOffset: metrics.ascent
            display: true
            text: root.price
            color: root.oldPrice !== "" ? Theme.reduced : Theme.ink
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font: metrics.font
        }

        // A quarter of the attention: the figure is the price.
        Words {
            id: per
            anchors {
                left: price.right
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
        font: metrics.font
        text: root.price
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
