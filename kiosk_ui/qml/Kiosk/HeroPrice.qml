import QtQuick

// The price the cashier names, whole at any length, and beside it what it was reduced from where there is room.
Item {
    id: root

    required property HeroFacts hero
    property int size: 60
    property int smallest: 30

    // The size the price got.
    readonly property int shown: money.fontInfo.pixelSize

    height: money.height

    Words {
        id: money
        anchors.left: parent.left
        width: Math.min(implicitWidth, parent.width)
        display: true
        text: root.hero.price === "" ? qsTr("Price at the till") : root.hero.price + root.hero.per
        color: root.hero.price === "" ? Theme.ink2 : root.hero.oldPrice !== "" ? Theme.reduced : Theme.ink
        wrapMode: Text.NoWrap
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.type(root.smallest * 0.7)
        font.pixelSize: Theme.type(root.hero.price === "" ? root.smallest : root.size)
        font.weight: root.hero.price === "" ? Font.DemiBold : Font.Bold
        font.letterSpacing: Theme.px(0.8)
    }

    Words {
        id: before
        anchors {
            left: money.right
            leftMargin: Theme.px(16)
            baseline: money.baseline
        }
        // Taken from the room there is, not from the place it stands in, which a mirrored face turns round.
        visible: text !== "" && money.width + implicitWidth + Theme.px(16) <= parent.width
        text: root.hero.oldPrice
        color: Theme.ink2
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(root.size * 0.46)
        font.strikeout: true
    }
}
